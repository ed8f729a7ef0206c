# Les mots des ensembles fermés : rôles, droits, verdicts, actes.
role-reviewer = Modérateur
role-meaning-reviewer = Examine les incidents, voit les médias pas à pas, donne l’alerte pour un enfant en danger.
role-senior-reviewer = Modérateur principal
role-meaning-senior-reviewer = Examine, tranche ce qui lui est transmis, est la seconde personne pour ce qui est difficile à défaire, tient les bases d’empreintes.
role-legal-officer = Juriste
role-meaning-legal-officer = Répond aux réquisitions des autorités.
role-releaser = Responsable de la remise
role-meaning-releaser = Est la seconde personne pour une communication de données.
role-analyst = Analyste
role-meaning-analyst = Travaille sur les dossiers d’une unité.
role-unit-head = Chef d’unité
role-meaning-unit-head = Dirige une unité.
role-magistrate = Magistrat
role-meaning-magistrate = Lit un dossier.
role-data-protection-officer = Délégué à la protection des données
role-meaning-data-protection-officer = Veille aux droits des personnes concernées ; saisit les bases légales de détection, tient les bases d’empreintes avec un modérateur principal.
role-auditor = Auditeur
role-meaning-auditor = Lit le registre et les statistiques, jamais les contenus.
role-administrator = Administrateur
role-meaning-administrator = S’occupe des personnes, des jetons et du tableau de permanence, ne voit jamais les contenus.

scope-submit = Soumettre
scope-meaning-submit = Envoyer des fichiers, des empreintes, des conversations et des signalements de participants.
scope-receipts = Reçus de correspondance
scope-meaning-receipts = Recevoir avec la réponse la distance, la base d’empreintes et l’entrée.
scope-hma-match = HMA : comparer
scope-meaning-hma-match = Calculer et comparer des empreintes par l’interface de Hasher-Matcher-Actioner.
scope-hma-curate = HMA : tenir
scope-meaning-hma-curate = Modifier des bases d’empreintes par l’interface de Hasher-Matcher-Actioner.
scope-banks = Bases d’empreintes
scope-meaning-banks = Lire et remplir des bases d’empreintes.

verdict-allow = Laisser, avec une note
verdict-meaning-allow = Le fichier est publié ; la correspondance est notée et rejoint un incident.
verdict-review = Retenir pour examen
verdict-meaning-review = Le message est retenu jusqu’à ce qu’une personne l’ait examiné.
verdict-block = Bloquer
verdict-meaning-block = Le fichier n’est pas publié.

act-unknown = Un acte
act-make-bank = Créer une base d’empreintes
