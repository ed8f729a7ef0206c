# La vue d’ensemble.
overview-title = Vue d’ensemble
overview-lead = Les 14 derniers jours, en UTC. Ce qui est arrivé dans la dernière seconde peut manquer.
overview-waiting = Incidents en attente
overview-wait = Délai jusqu’à la première prise
overview-mean = Moyen
overview-longest = Le plus long
overview-claimed = Pris
overview-matched = Combien de contenus connus ont été reconnus ?
overview-actions = Combien d’actions la messagerie a-t-elle accomplies ?
overview-submitted = Combien a été soumis ?
overview-not-examined = Combien n’a pas été examiné, faute de base légale ?
overview-total = en 14 jours
overview-most = au plus par jour
overview-table = En tableau
overview-day = Jour
overview-count = Nombre
