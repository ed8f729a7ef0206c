# Avis aux personnes.
notice-alarm-raised = Un enfant est peut-être en danger : une alerte a été donnée.
notice-deadline-near = Un délai va expirer.
notice-deadline-missed = Un délai a expiré.
notice-action-failed = Une action n’a pu être accomplie.
notice-look = Voir, et ranger cet avis
