//! The names and phrases of a synthetic operation: invented, harmless, in English and French.

use crate::random::Random;

const COLOURS: [&str; 12] = [
    "Quiet",
    "Amber",
    "Misty",
    "Northern",
    "Copper",
    "Silver",
    "Wandering",
    "Early",
    "Velvet",
    "Distant",
    "Cloudy",
    "Golden",
];
const ANIMALS: [&str; 14] = [
    "Heron", "Marmot", "Otter", "Falcon", "Badger", "Chamois", "Lynx", "Curlew", "Beaver", "Ibex", "Swift",
    "Plover", "Hare", "Magpie",
];
const BETES: [&str; 12] = [
    "Marmotte",
    "Loutre",
    "Hermine",
    "Mésange",
    "Grue",
    "Belette",
    "Hirondelle",
    "Chouette",
    "Truite",
    "Libellule",
    "Tortue",
    "Cigogne",
];
const QUALITES: [&str; 10] = [
    "Rêveuse",
    "Tranquille",
    "Curieuse",
    "Matinale",
    "Voyageuse",
    "Discrète",
    "Bavarde",
    "Lointaine",
    "Patiente",
    "Distraite",
];
const GROUP_TITLES: [&str; 14] = [
    "Lake pictures",
    "Ridge walkers",
    "Cloud watchers",
    "Sunday hikers",
    "Conifer friends",
    "Snow line reports",
    "Campers of the valley",
    "Club photo des Trois Lacs",
    "Randonneurs du dimanche",
    "Amis des sapins",
    "Carnet de crêtes",
    "Lumières du matin",
    "Sentiers et refuges",
    "Photos de vacances",
];
const CHANNEL_TITLES: [&str; 8] = [
    "Mountain light daily",
    "One lake a day",
    "The landscape gazette",
    "Weather over the ridge",
    "Un lac par jour",
    "La gazette des sommets",
    "Météo des crêtes",
    "Paysages du soir",
];
const DESCRIPTIONS: [&str; 8] = [
    "Landscapes only, please.",
    "We share what we saw on the way.",
    "Lakes, ridges and the sky above.",
    "New pictures every morning.",
    "Des paysages, rien que des paysages.",
    "Partagez vos plus belles vues.",
    "Lacs, crêtes et ciels.",
    "Une photo chaque matin.",
];
const CAPTIONS: [&str; 18] = [
    "Morning light over the lake",
    "From the ridge, last Sunday",
    "The snow line came down again",
    "Not a breath of wind",
    "Guess which lake this is",
    "Clouds rolling in",
    "Same place, other season",
    "The path was worth it",
    "Evening colours",
    "Brume sur la vallée ce matin",
    "Vue depuis le refuge",
    "Pas un souffle de vent",
    "La neige est revenue",
    "Devinez quel lac c'est",
    "Les couleurs du soir",
    "Le sentier en valait la peine",
    "Même endroit, autre saison",
    "Petit matin au bord de l'eau",
];
const CHAT: [&str; 14] = [
    "Who is coming on Sunday?",
    "Lovely, thank you!",
    "Bring the warm socks.",
    "Which path did you take?",
    "The weather looks fine for Saturday.",
    "I liked the second one better.",
    "See you at the trailhead.",
    "Qui vient dimanche ?",
    "Magnifique, merci !",
    "Prenez des chaussures chaudes.",
    "Quel sentier avez-vous pris ?",
    "Il fera beau samedi.",
    "Rendez-vous au parking du lac.",
    "La deuxième est plus belle.",
];

/// A pseudonym such as `Quiet Heron 31` or `Loutre Curieuse 8`.
pub(crate) fn pseudonym(random: &mut Random, number: usize) -> String {
    if random.chance(50) {
        format!("{} {} {number}", random.pick(&COLOURS), random.pick(&ANIMALS))
    } else {
        format!("{} {} {number}", random.pick(&BETES), random.pick(&QUALITES))
    }
}

/// A title for a group, such as `Lake pictures 4`.
pub(crate) fn group_title(random: &mut Random, number: usize) -> String {
    format!("{} {number}", random.pick(&GROUP_TITLES))
}

/// A title for a channel, such as `Un lac par jour 2`.
pub(crate) fn channel_title(random: &mut Random, number: usize) -> String {
    format!("{} {number}", random.pick(&CHANNEL_TITLES))
}

pub(crate) fn description(random: &mut Random) -> String {
    (*random.pick(&DESCRIPTIONS)).to_owned()
}

/// What goes with a picture.
pub(crate) fn caption(random: &mut Random) -> String {
    (*random.pick(&CAPTIONS)).to_owned()
}

/// What people say without a picture.
pub(crate) fn chat(random: &mut Random) -> String {
    (*random.pick(&CHAT)).to_owned()
}
