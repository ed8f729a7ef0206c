# Actions sur la messagerie.
actions-title = Actions
actions-lead = Ce qui est fait sur la messagerie. Chaque action montre son état jusqu’à un reçu, un échec ou un retrait.
actions-none = Aucune action ici
actions-none-why = Les actions découlent des décisions. Chacune apparaît ici dès qu’elle est ordonnée.
actions-filter = Afficher par état
action-what = Action
action-target = Cible
action-asked = Demandée
action-ended = Terminée
action-result = Résultat
action-state-waiting = Attend une seconde personne
action-state-queued = En file
action-state-sending = En cours d’envoi
action-state-done = Accomplie
action-state-failed = Échouée
action-state-withdrawn = Retirée
action-next-try = nouvel essai dans { $name }
action-attempts = { $count ->
    [one] { $count } essai
   *[other] { $count } essais
}
action-step-asked = Demandée
action-step-preserved = Conservation préalable
action-step-sent = Envoi à la messagerie
action-step-end = Réponse de la messagerie
action-preserved = Une copie scellée est conservée au coffre.
action-not-preserved-signals-only = Pas de copie : la messagerie n’a envoyé que des empreintes, jamais le fichier.
action-not-preserved-never-submitted = Pas de copie : rien de la cible n’a jamais été soumis.
action-not-preserved-erased = Pas de copie : elle a été effacée à la fin de sa durée de conservation.
action-receipt = Reçu
action-outcome = Issue
action-after = La cible à présent
action-facts = Données
action-identifier = Identifiant
action-reason-code = Motif donné à la messagerie
action-incident = Incident
action-incident-open = Ouvrir l’incident
action-question = Seconde personne
action-question-open = Ouvrir la demande
action-retry = Renvoyer
action-retry-why = Elle est envoyée avec le même identifiant, pour n’être jamais accomplie deux fois.
action-withdraw = Retirer
action-withdraw-why = La reprend avant qu’elle ne soit accomplie. Si la messagerie l’a peut-être déjà accomplie, son rétablissement est ordonné.
action-service = Messagerie
done-action-retried = L’action est repartie.
done-action-withdrawn = L’action est retirée.
