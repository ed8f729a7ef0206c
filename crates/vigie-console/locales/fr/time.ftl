# Durées. L’espace entre nombre et unité est insécable.
time-minutes = { $count } min
time-hours = { $count } h
time-days = { $count } j
time-just-now = à l’instant
time-ago = il y a { $name }
time-left = reste { $name }
time-late = en retard de { $name }
