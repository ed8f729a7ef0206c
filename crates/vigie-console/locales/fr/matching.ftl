# La page d’une base d’empreintes, la vérification d’un fichier, les vagues.
section-check = Vérifier un fichier
section-waves = Vagues
bank-entries = Entrées
bank-active = { $name } actives
bank-search = Chiffres d’une empreinte, étiquette ou mots d’une note
search = Rechercher
bank-entries-none = Aucune entrée ici
bank-entries-none-why = Importez une liste, ou cherchez autre chose.
bank-facts = La base
entry = Entrée
entry-signals = Empreintes
entry-state-active = Active
entry-state-quarantined = En quarantaine
entry-state-removed = Retirée
bank-quarantine = { $count ->
    [one] { $count } entrée a dépassé la limite horaire de son jeton.
   *[other] { $count } entrées ont dépassé la limite horaire de leur jeton.
}
quarantine-release = Libérer
quarantine-discard = Écarter
done-quarantine-released = Les entrées sont libérées et comparées.
done-quarantine-discarded = Les entrées sont écartées.
done-bank-changed = La base est modifiée.
bank-change = Modifier la base
bank-enabled = Participe à la comparaison
bank-change-then = L’armer par « bloquer », ou élargir une base non illicite, demande une seconde personne. Le reste se fait aussitôt.
import = Importer une liste
import-how = CSV, JSON par lignes, ou une empreinte par ligne. Si une ligne est fautive, rien n’est appliqué.
import-file = Fichier
import-paste = Ou collez-la
import-long = 64 chiffres sans nom sont
import-dry-run = Dire seulement ce qui se passerait
import-faulty = { $count ->
    [one] { $count } ligne n’a pu être comprise : rien n’a été importé.
   *[other] { $count } lignes n’ont pu être comprises : rien n’a été importé.
}
import-dry = La liste est saine : elle contient { $name } entrées. Rien n’a été importé.
import-done = Importé : { $name }.
import-quarantined = { $count } attendent en quarantaine.
import-empty = Sans empreinte : { $name }.
import-line = Ligne
export = Exporter la base
export-then = Une seconde personne doit accepter. Vous pourrez ensuite la retirer depuis la demande, pendant un jour ; chaque retrait est au registre.
export-format = Format
export-plain = Une empreinte par ligne
export-fetch = Retirer l’export
check-title = Vérifier un fichier
check-lead = Comparer un fichier aux bases d’empreintes, voir empreintes et distances. Chaque vérification est consignée, 60 par heure au plus.
check-drop = Choisissez une image, ou déposez-la ici
check = Vérifier
check-forgotten = Le fichier n’est pas conservé.
check-none = Rien ne lui ressemble
check-none-why = Aucune entrée d’une base en service n’est assez proche.
check-distance = Distance / limite
check-effect = Effet
check-file = Le fichier
check-answer = Réponse à un envoi
effect-counts = Le verdict de la base compte
effect-notes = Seulement noté
effect-suppresses = Ôte leur force aux correspondances perceptuelles
effect-suppressed = Sa force est ôtée par une base non illicite
waves-title = Vagues
waves-lead = Des incidents qui partagent un élément. Ils se décident en une fois, après un échantillon, à deux personnes ; les comptes restent individuels.
waves-none = Aucune vague
waves-none-why = Dès que deux incidents partagent un élément, ils forment ici une vague.
wave-title = Vague nᵒ { $number }
wave-pivot = En commun
wave-state-open = en attente
wave-state-decided = décidée
wave-sample = Échantillon
wave-items = { $count ->
    [one] { $count } élément le partage.
   *[other] { $count } éléments le partagent.
}
wave-sample-size = { $count } sont à regarder d’abord.
wave-sampled = Vous en avez regardé { $count }.
wave-sample-none = Aucune image ne les accompagne : la messagerie n’a transmis que des empreintes. La décision repose sur les correspondances, que chaque incident montre.
wave-sample-how = Ouvrez des incidents ci-dessous et révélez l’élément commun, étape par étape.
wave-incidents = Ses incidents
wave-decide = Décider de la vague
wave-measures = Ce qui est fait de chaque élément
wave-then-question = Une seconde personne voit exactement cette proposition, et accepte ou refuse.
wave-then-bulk = Dès qu’elle accepte, chaque incident de la vague est décidé et son contenu retiré, chacun avec un reçu.
wave-then-accounts = Les comptes ne sont pas touchés : chacun reste une décision à part.
wave-receipts = Reçus
wave-shared-entry = entrée de base nᵒ { $name }
label-titled = { $code } : { $meaning }
bank-on = Active
bank-off = Inactive
