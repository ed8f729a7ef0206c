# The roster.
roster-title = Roster
roster-lead = Who is on duty for alarms, over the next 14 days. Without anybody on duty, an alarm goes to everybody.
roster-person = On duty
roster-from = From
roster-until = Until
roster-length = Length
roster-nobody = Nobody
roster-gap = gap
roster-now = now
roster-add = Put somebody on duty
roster-utc = Times are in UTC. A turn lasts at most 14 days.
roster-remove = Remove
done-turn-added = The turn is in the roster.
done-turn-removed = The turn is removed.
