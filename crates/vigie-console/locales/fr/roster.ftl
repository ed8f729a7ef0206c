# Le tableau de permanence.
roster-title = Permanence
roster-lead = Qui est de permanence pour les alertes, sur les 14 prochains jours. Sans personne de permanence, une alerte va à tous.
roster-person = De permanence
roster-from = De
roster-until = À
roster-length = Durée
roster-nobody = Personne
roster-gap = sans permanence
roster-now = en ce moment
roster-add = Mettre quelqu’un de permanence
roster-utc = Les heures sont en UTC. Un tour dure au plus 14 jours.
roster-remove = Retirer
done-turn-added = Le tour est inscrit.
done-turn-removed = Le tour est retiré.
