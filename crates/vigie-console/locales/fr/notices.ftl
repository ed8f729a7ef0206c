# Avis aux personnes.
notice-alarm-raised = Un enfant est peut-être en danger : une alerte a été donnée.
notice-deadline-near = Un délai va expirer.
notice-deadline-missed = Un délai a expiré.
notice-action-failed = Une action n’a pu être accomplie.
notice-incident-taken-over = La personne qui a pris une alerte pour un enfant en danger a repris un incident que vous aviez pris.
notice-passkey-by-link = Une clé d’accès de plus a été créée avec un lien de connexion. Si vous n’en savez rien, retirez les clés d’accès.
notice-look = Voir, et ranger cet avis
