// What the picture says, in English and Hebrew. A text with forms goes by the plural rules of its language.

const ENGLISH = {
  kinds: {
    feeding: "Feed", sleep: "Sleep", sleeping: "Asleep", waking_up: "Woke up", diaper: "Diaper", bath: "Bath",
    medicine: "Medicine", temperature: "Temperature", measure: "Measure", other: "Note",
  },
  counts: {
    feeding: { one: "{n} feed", other: "{n} feeds" },
    diaper: { one: "{n} diaper", other: "{n} diapers" },
    bath: { one: "{n} bath", other: "{n} baths" },
    medicine: { one: "{n} medicine", other: "{n} medicines" },
    temperature: { one: "{n} temperature", other: "{n} temperatures" },
    measure: { one: "{n} measure", other: "{n} measures" },
    other: { one: "{n} note", other: "{n} notes" },
    events: { one: "{n} event", other: "{n} events" },
    gap: { one: "{n} day without an event", other: "{n} days without an event" },
    more: { one: "and {n} more", other: "and {n} more" },
    days: { one: "{n} day", other: "{n} days" },
  },
  captions: { feeds: "feeds", ml: "ml", diapers: "diapers", sleep: "sleep", events: "events" },
  legend: { bottle: "bottle", breast: "breast", solid: "solids", wet: "wet", dirty: "dirty", both: "both", unknown: "one end not told" },
  title: "Days of the timeline", today: "Today", yesterday: "Yesterday", tomorrow: "Tomorrow",
  asleepFor: "asleep", awakeFor: "awake", since: "since {time}", ago: "{time} ago", now: "now",
  last: { feeding: "last feed", diaper: "last diaper", bath: "last bath", medicine: "last medicine", temperature: "last temperature", measure: "last measure", other: "last note" },
  sleepSum: "{time} of sleep", sleepTold: "asleep {from} to {to}", openTold: "asleep since {from}",
  noEnd: "Fell asleep; waking up was not told", noStart: "Woke up; falling asleep was not told",
  usualTold: "Mean of {days} before", empty: "no events", hours: "{n}-hour day",
  unsent: "not yet in WhatsApp", nothing: "Nothing has been written yet.",
  help: "Arrow keys move from mark to mark and from day to day, Home and End within a day, Escape closes the details.",
  hour: "{n} h", minute: "{n} min",
};

const HEBREW = {
  kinds: {
    feeding: "האכלה", sleep: "שינה", sleeping: "נרדמה", waking_up: "התעוררות", diaper: "חיתול", bath: "אמבטיה",
    medicine: "תרופה", temperature: "חום", measure: "מדידה", other: "הערה",
  },
  counts: {
    feeding: { one: "האכלה אחת", two: "שתי האכלות", other: "{n} האכלות" },
    diaper: { one: "חיתול אחד", two: "שני חיתולים", other: "{n} חיתולים" },
    bath: { one: "אמבטיה אחת", two: "שתי אמבטיות", other: "{n} אמבטיות" },
    medicine: { one: "תרופה אחת", two: "שתי תרופות", other: "{n} תרופות" },
    temperature: { one: "מדידת חום אחת", two: "שתי מדידות חום", other: "{n} מדידות חום" },
    measure: { one: "מדידה אחת", two: "שתי מדידות", other: "{n} מדידות" },
    other: { one: "הערה אחת", two: "שתי הערות", other: "{n} הערות" },
    events: { one: "אירוע אחד", two: "שני אירועים", other: "{n} אירועים" },
    gap: { one: "יום אחד בלי אירועים", two: "יומיים בלי אירועים", other: "{n} ימים בלי אירועים" },
    more: { one: "ועוד אחד", two: "ועוד שניים", other: "ועוד {n}" },
    days: { one: "יום אחד", two: "יומיים", other: "{n} ימים" },
  },
  captions: { feeds: "האכלות", ml: 'מ"ל', diapers: "חיתולים", sleep: "שינה", events: "אירועים" },
  legend: { bottle: "בקבוק", breast: "הנקה", solid: "מוצקים", wet: "פיפי", dirty: "קקי", both: "שניהם", unknown: "רק קצה אחד ידוע" },
  title: "ימי ציר הזמן", today: "היום", yesterday: "אתמול", tomorrow: "מחר",
  asleepFor: "שינה", awakeFor: "ערות", since: "מאז {time}", ago: "לפני {time}", now: "עכשיו",
  last: { feeding: "האכלה אחרונה", diaper: "חיתול אחרון", bath: "אמבטיה אחרונה", medicine: "תרופה אחרונה", temperature: "חום אחרון", measure: "מדידה אחרונה", other: "הערה אחרונה" },
  sleepSum: "{time} שינה", sleepTold: "שינה מ-{from} עד {to}", openTold: "שינה מאז {from}",
  noEnd: "הירדמות; ההתעוררות לא סופרה", noStart: "התעוררות; ההירדמות לא סופרה",
  usualTold: "ממוצע של {days} קודמים", empty: "אין אירועים", hours: "יום של {n} שעות",
  unsent: "עוד לא בוואטסאפ", nothing: "עוד לא נכתב דבר.",
  help: "מקשי החצים עוברים מסימן לסימן ומיום ליום, Home ו-End בתוך יום, Escape סוגר את הפרטים.",
  hour: "{n} ש׳", minute: "{n} דק׳",
};

/** The words for a locale: Hebrew for `he` (and its old code `iw`), English for any other. */
export function wordsFor(locale) {
  return /^(he|iw)\b/i.test(locale) ? HEBREW : ENGLISH;
}

/** A text with its places filled in. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
