# Ce qui entoure chaque page.
skip = Aller au contenu
menu = Menu
desks = Bureaux
looks = Affichage
signed-in-as = Connecté en tant que
language = Langue
theme = Apparence
theme-system = Automatique
theme-light = Claire
theme-dark = Sombre
single-keys = Raccourcis à une touche
on = Oui
off = Non
sign-out = Se déconnecter
you-are-here = Vous êtes ici
close = Fermer
copy = Copier
waiting = en attente :
cancel = Annuler
state = État
you = vous
reason = Motif
total = { $count } au total
form-wrong = Le formulaire est incomplet
reason-missing = Indiquez un motif : la seconde personne et le registre en ont besoin
what-will-happen = Ce qui va se passer
ask-second-person = Demander à une seconde personne
reason-second-person = La seconde personne le lit avant de répondre. Il est conservé au registre.

second-administrator = Il manque un second administrateur.
second-administrator-why = Seul, un administrateur ne pourrait être arrêté par personne.
second-administrator-name = Désigner un second administrateur

group-desk = Mon bureau
group-matching = Reconnaissance
group-house = Maison
section-home = Ce qui m’attend
section-questions = Seconde personne
section-banks = Bases d’empreintes
section-people = Personnes et rôles
section-tokens = Jetons d’API

home-lead = Tout ce qui vous attend, au même endroit.

keys-title = Clavier
keys-lead = Tout fonctionne ici au clavier seul. Aucune touche seule ne révèle un média ni n’envoie quoi que ce soit.
key-help = afficher ces touches
key-next-previous = ligne suivante et précédente
key-open = ouvrir
keys-off-hint = Tab et Entrée fonctionnent toujours. Les raccourcis à une touche se désactivent dans le menu sous votre nom.

child-at-risk = Enfant en danger
key-alarm = enfant en danger : ouvre le formulaire
group-review = Modération
section-requests = Demandes
section-regimes = Régimes juridiques
section-alarms = Alertes
section-actions = Actions
section-conversations = Conversations
section-overview = Vue d’ensemble
section-roster = Permanence
section-bases = Bases légales
section-hunts = Recherches rétrospectives
more = Afficher la suite
search-all = Toutes
section-evidence = Scellés
