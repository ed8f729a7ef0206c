# Avis aux personnes.
notice-alarm-raised = Un enfant est peut-être en danger : une alerte a été donnée.
notice-deadline-near = Un délai va expirer.
notice-deadline-missed = Un délai a expiré.
notice-action-failed = Une action n’a pu être accomplie.
notice-incident-taken-over = La personne qui a pris une alerte pour un enfant en danger a repris un incident que vous aviez pris.
notice-passkey-by-link = Une clé d’accès de plus a été créée avec un lien de connexion. Si vous n’en savez rien, retirez les clés d’accès.
notice-user-notice-ready = Le silence sur une demande a pris fin. L’information de l’utilisateur est prête : envoyez-la.
notice-gag-review = Le silence sur une demande est sans terme. Vérifiez s’il doit encore être gardé.
notice-do-not-act-met = Une mesure visait un compte auquel une autorité a demandé qu’il ne soit pas touché. Elle attend.
notice-identity-by-link = Un compte de l’organisation a été rattaché à une personne avec un lien de connexion. Si vous n’en savez rien, détachez-le.
notice-look = Voir, et ranger cet avis
notice-request-arrived = Une autorité demande quelque chose.
notice-request-ready = Ce qu’une demande vise est là, et attend une décision.
notice-request-stuck = Une partie d’une demande ne peut être exécutée.
notice-request-warning = Une alerte sur une demande attend d’être levée.
notice-forgery-suspected = Une demande est peut-être un faux : elle est gelée.
