"""English words of baby care. A table: roles and senses are explained in docs/extraction.md."""

from __future__ import annotations

from nanie_actors.timeline.extractors.vocabulary import Row

_ACTIONS = (
    Row("act", "eat", "ate, eat, eats, eating, eaten, drank, drinking, drink, drinks, had a feed"),
    Row("act", "feed", "fed, feed, feeding, feeds, meal, topped up, top up, dream feed, dreamfeed"),
    Row("acts", "feed", "feedings, meals"),
    Row(
        "act",
        "bottle",
        "bottle, bottel, botle, formula, bottlefed, bottle fed, ebm, similac, enfamil, aptamil",
    ),
    Row("acts", "bottle", "bottles"),
    Row(
        "act",
        "breast",
        "breast, brest, breastfed, breastfeed, breastfeeding, breast fed, nursed, nurse, nursing",
    ),
    Row("act", "breast", "latched, bf, boob, breast feeding, breast feed"),
    Row("act", "bottle", "breast milk bottle, breastmilk bottle, expressed milk, pumped milk, breastmilk"),
    Row(
        "act",
        "solid",
        "solids, solid, puree, purée, porridge, oatmeal, cereal, banana, avocado, yogurt, yoghurt",
    ),
    Row(
        "act",
        "solid",
        "carrot, carrots, apple, pear, rice, pasta, egg, eggs, soup, toast, sweet potato, broccoli",
    ),
    Row(
        "act",
        "solid",
        "breakfast, lunch, dinner, snack, solid food, chicken, hummus, cheese, fruit, veggies, peas",
    ),
    Row(
        "act", "fall", "fell asleep, falling asleep, went to sleep, went to bed, gone to sleep, back to sleep"
    ),
    Row(
        "act",
        "fall",
        "fell asleep nursing, fell asleep feeding, fell asleep eating, fell asleep on the bottle",
    ),
    Row(
        "act", "fall", "went down, dozed off, nodded off, passed out, bedtime, going to sleep, to bed, in bed"
    ),
    Row("act", "fall", "zonked, dozed, conked out, off to sleep, fell alseep, fell aslep, to sleep, sleep"),
    Row(
        "act",
        "lay",
        "put down, put to bed, put to sleep, put him down, put her down, put baby down, laid down",
    ),
    Row("act", "lay", "down for a nap, down for nap, down for the night, put her to bed, put him to bed"),
    Row("act", "lay", "put him to sleep, put her to sleep, rocked to sleep"),
    Row("act", "slept", "slept, napped, nap, catnap, napping"),
    Row("acts", "slept", "naps, catnaps"),
    Row("act", "asleep", "asleep, alseep, aslep, sleeping, sleping, sleepin, been sleeping, been asleep"),
    Row("act", "wake", "woke, awake, awoke, woke up, waking up"),
    Row("act", "wake", "got up, is up, wakes up, she's up, he's up"),
    Row(
        "act",
        "wake",
        "waking, wakeup, wake up, baby's up, up for the day, woke him up, woke her up, wokeup, wok up",
    ),
    Row(
        "act", "diaper", "diaper, dipaer, daiper, diper, nappy, nappie, diaper change, nappy change, diapered"
    ),
    Row("acts", "diaper", "diapers, nappies"),
    Row("act", "pee", "pee, peed, peepee, pee pee, pipi, wee, weed, wee wee, urine, peeing"),
    Row("acts", "pee", "pees, wees"),
    Row(
        "act",
        "poo",
        "poo, poop, pooped, pooed, pooping, poopy, pooey, poppy diaper, kaki, caca, stool, blowout",
    ),
    Row("act", "poo", "diarrhea, diarrhoea, poonami, explosive, number two, bowel movement, pooh"),
    Row("acts", "poo", "poops, poos, stools, blowouts"),
    Row("act", "bath", "bath, bathed, bathtime, bath time, shower, showered, bathing, sponge bath"),
    Row(
        "act",
        "med:paracetamol",
        "tylenol, tylonol, tylenal, paracetamol, acetaminophen, calpol, acamol, panadol",
    ),
    Row("act", "med:ibuprofen", "nurofen, nurrofen, neurofen, motrin, ibuprofen, advil"),
    Row("act", "med:vitamin_d", "vitamin d, vit d, vitamin d drops, vit d drops, d drops, vitd"),
    Row("act", "med:vitamin", "vitamin, vitamins, multivitamin"),
    Row("act", "med:iron", "iron, iron drops"),
    Row("act", "med:probiotic", "probiotic, probiotics, biogaia, probiotic drops"),
    Row("act", "med:simethicone", "simethicone, gas drops, infacol, mylicon, gripe water"),
    Row("act", "med:antibiotic", "antibiotic, antibiotics, amoxicillin, augmentin, moxypen"),
    Row("act", "med:unnamed", "medicine, medication, meds, med, saline, antihistamine"),
    Row("act", "temp", "temp, temperature, fever, tempreture, temperture"),
    Row("act", "note:pump", "pumped, pumping, pump, i pumped, expressed"),
    Row("act", "note:vomit", "spit up, spat up, vomit, vomited, threw up"),
    Row("act", "note:vomit", "throw up, puked, spitup, spits up"),
    Row("act", "note:play", "tummy time, tummytime, playtime, walk, went for a walk, stroll"),
    Row("act", "note:weight", "weight, weighed, weighs, weigh"),
    Row(
        "act", "note:doctor", "doctor, pediatrician, paediatrician, dr, vaccine, vaccines, vaccination, shots"
    ),
    Row("act", "note:window", "wake window, wake windows, sleep training, sleep regression, nap schedule"),
    Row(
        "act",
        "note:window",
        "baby food, burp cloth, bath toys, sleep sack, bottle warmer, diaper bag, bath towel",
    ),
)

_WEAK = (
    Row("weak", "wake", "up"),
    Row("weak", "lay", "down"),
    Row("weak", "feed", "milk, food"),
    Row("weak", "diaper", "changed, change, changing"),
    Row("weak", "pee", "wet"),
    Row("weak", "poo", "dirty, soiled, bm"),
    Row("weak", "med:unnamed", "dose"),
    Row("side", "left", "left, l, lt, left side, left breast, left boob"),
    Row("side", "right", "right, r, rt, right side, right breast, right boob"),
    Row("side", "both", "both, both sides, both breasts, both boobs, each side"),
    Row("each", "", "each, per side"),
)

_TIMES = (
    Row("at", "", "at, by, around, about, approx, since about, at about, at around, ard, circa, @"),
    Row("from", "", "from, since, between, ever since"),
    Row("until", "", "until, till, til, thru, through"),
    Row("to", "", "to"),
    Row("past", "", "past"),
    Row("and", "", "and, n"),
    Row("and", "", "then, and then, afterwards, later, after that, plus, followed by"),
    Row("ago", "", "ago, earlier"),
    Row("now", "", "now, just now, right now, rn, just this minute"),
    Row("few", "", "few, couple"),
    Row("in", "", "in"),
    Row("half", "", "half"),
    Row("quarter", "", "quarter"),
    Row("ampm", "am", "am, a.m, a.m., in the morning"),
    Row("ampm", "pm", "pm, p.m, p.m., in the afternoon, in the evening"),
    Row("ampm", "night", "at night, in the night"),
    Row("part", "am", "morning, this morning"),
    Row("part", "pm", "afternoon, this afternoon, evening, this evening"),
    Row("part", "night", "tonight, night, overnight"),
    Row("clock", 720.0, "noon, midday"),
    Row("clock", 0.0, "midnight"),
    Row("day", "today", "today"),
    Row("day", "yesterday", "yesterday"),
    Row("day", "last night", "last night"),
    Row("day", "tomorrow", "tomorrow, tmrw, tmr, tomorow"),
    Row("unit", "min", "min, mins, minute, minutes, minuets, m"),
    Row("unit", "one min", "a minute"),
    Row("unit", "hour", "hours, hrs, hr, h"),
    Row("unit", "one hour", "hour"),
    Row("unit", "ml", "ml, mls, cc, milliliters, millilitres"),
    Row("unit", "oz", "oz, ounce, ounces, ozs"),
    Row("unit", "mg", "mg"),
    Row("unit", "kg", "kg, kilo, kilos, kgs"),
    Row("unit", "drop", "drop, drops"),
    Row("unit", "degree", "degrees, degree, deg"),
    Row("unit", "celsius", "c, celsius, degrees c"),
    Row("unit", "fahrenheit", "f, fahrenheit, degrees f"),
    Row(
        "unit", "count", "times, time, x, months, month, mo, weeks, week, wks, days, day, years, year, spoons"
    ),
    Row("unit", "count", "spoon, tsp, tbsp, spoonful, spoonfuls, packs, pack, g, gr, grams, cm, lb, lbs"),
    Row("unit", "count", "seconds, sec, secs, percent, nd, st, rd, th, layers, wipes, people, steps"),
)

_NUMBERS = tuple(
    Row("num", float(value), words)
    for value, words in (
        (1, "one"),
        (2, "two"),
        (3, "three"),
        (4, "four"),
        (5, "five"),
        (6, "six"),
        (7, "seven"),
        (8, "eight"),
        (9, "nine"),
        (10, "ten"),
        (11, "eleven"),
        (12, "twelve"),
        (15, "fifteen"),
        (20, "twenty"),
        (25, "twenty five"),
        (30, "thirty"),
        (40, "forty"),
        (45, "forty five"),
    )
)

_ASKED_OF = "she, he, it, they, you, we, i, anyone, anybody, baby, someone"
_ASKING = tuple(
    Row("ask", "", ", ".join(f"{verb} {whom}" for whom in _ASKED_OF.split(", ")))
    for verb in (
        "did",
        "does",
        "do",
        "is",
        "was",
        "were",
        "are",
        "has",
        "have",
        "can",
        "could",
        "should",
        "would",
    )
)

_MOODS = (
    Row(
        "ask", "", "when did, when was, when is, when do, when does, how much, how many, how long, what time"
    ),
    Row("ask", "", "why, who, where, which, anyone know"),
    Row("ask", "", "how often, how come, did the, is the, has the baby"),
    Row("opening ask", "", "did, does, how, what, is, has"),
    Row(
        "neg", "", "not, no, didn't, didnt, doesn't, doesnt, hasn't, hasnt, isn't, isnt, wasn't, wasnt, never"
    ),
    Row(
        "neg",
        "",
        "without, don't, dont, haven't, havent, none, couldn't, couldnt, can't, cant, cannot, barely",
    ),
    Row(
        "neg",
        "",
        "refused, refuses, refusing, refuse, skipped, skip, skipping, rejected, won't, wont, almost",
    ),
    Row("neg", "", "nearly, fighting, fights, fought, missed"),
    Row(
        "hedge",
        "",
        "will, gonna, going to, about to, should, shall, need, needs, needed, want, wants, wanted",
    ),
    Row(
        "hedge", "", "trying, tried, try, hope, hoping, hopefully, if, next, plan, planning, remember, remind"
    ),
    Row(
        "hedge",
        "",
        "let's, lets, please, pls, plz, maybe, might, must, order, buy, bought, time to, time for",
    ),
    Row(
        "hedge", "", "ready for, ready to, she'll, he'll, i'll, we'll, you'll, still, would, could, expecting"
    ),
    Row(
        "hedge",
        "",
        "supposed, wait, waiting, usually, every, always, schedule, think, looks, seems, refill, ran",
    ),
    Row(
        "hedge",
        "",
        "for bed, bring, grab, get more, out of, wondering, reminder, run out, due, coming, comes",
    ),
    Row("ongoing", "", "already, been"),
    Row("aside", "", "after, before, during, while, took, takes, prior, post, because, despite, via"),
    Row("self", "", "i, i'm, im, i've, me, myself, we, we've, we're"),
    Row("object", "", "her, him, baby, bub, bubba, lo, them"),
)

_FILLERS = (
    Row(
        "filler",
        "",
        "the, a, an, she, he, it, they, had, has, was, is, got, did, does, gave, given, give, of",
    ),
    Row(
        "filler",
        "",
        "for, on, with, just, finally, only, also, again, more, another, so, very, quite, big, small",
    ),
    Row(
        "filler", "", "huge, little, tiny, good, great, full, nice, some, bit, well, side, sides, his, she's"
    ),
    Row("filler", "", "he's, it's, having, have, be, being, done, finished, finish, started, start, total"),
    Row(
        "filler",
        "",
        "ish, approximately, roughly, oclock, o'clock, long, happy, crying, lot, lots, super, fully",
    ),
    Row("filler", "", "tea, when, that, this, ended, went, taken, were, are, i gave, heavy, light"),
)

ENGLISH: tuple[Row, ...] = (*_ACTIONS, *_WEAK, *_TIMES, *_NUMBERS, *_ASKING, *_MOODS, *_FILLERS)
"""Everything the care extractor knows of English."""
