# Lengths of time. The space between number and unit does not break.
time-minutes = { $count } min
time-hours = { $count } h
time-days = { $count } d
time-just-now = just now
time-ago = { $name } ago
time-left = { $name } left
time-late = late by { $name }
