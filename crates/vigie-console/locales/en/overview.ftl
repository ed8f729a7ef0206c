# The overview.
overview-title = Overview
overview-lead = The last 14 days, in UTC. What came in within the last second may be missing.
overview-waiting = Waiting incidents
overview-wait = Time to the first claim
overview-mean = Mean
overview-longest = Longest
overview-claimed = Claimed
overview-matched = How much known material was recognised?
overview-actions = How many actions did the messenger perform?
overview-submitted = How much was submitted?
overview-not-examined = How much was not examined, for want of a basis?
overview-total = in 14 days
overview-most = most in a day
overview-table = As a table
overview-day = Day
overview-count = Count
