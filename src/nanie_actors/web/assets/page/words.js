// What the page says, in English and Hebrew, and the direction that goes with it.

const WORDS = {
  en: {
    skip: "Skip to the content", views: "Views", conversations: "Conversations", actors: "Actors",
    "other-language": "Hebrew", theme: "Light or dark", live: "Live", connecting: "Connecting…", away: "Worker away, trying again…",
    "conversation-name": "Name", create: "Create", remove: "Remove from this browser",
    "no-conversation": "A conversation is what an app shows one person. Create one, link it to a WhatsApp group, and watch its timeline.",
    "pick-group": "Choose a WhatsApp group", "no-groups": "There is no group yet. When the account hears of one, it appears here.", refresh: "Look again",
    link: "Link", unlink: "Unlink", standalone: "A timeline of its own, without WhatsApp", participants: (n) => `${n} people`, filter: "Find a group",
    "code-sent": "If the group exists, a code was just posted there. Enter it here:", code: "Code", confirm: "Confirm", cancel: "Cancel",
    add: "Add", "add-text": "What happened? “bottle 120 at 10:30”", "add-details": "Type and time", type: "Type", automatic: "from the text", when: "When",
    delete: "Delete", deleted: (n) => (n === 1 ? "Event deleted" : `${n} events deleted`), undo: "Undo", "undo-note": "It is added anew, as an event of its own.",
    empty: "Nothing yet. What is written in the group appears here at once.", events: (n) => (n === 1 ? "1 event" : `${n} events`),
    revision: (n) => `state ${n}`, picture: "Picture", list: "List", today: "Today", yesterday: "Yesterday", edited: "edited", unsent: "not in WhatsApp yet", "new-event": (label) => `New: ${label}`,
    feeding: "Feeding", sleeping: "Asleep", waking_up: "Woke up", diaper: "Diaper", bath: "Bath", other: "Other",
    worker: "Worker", since: "since", heads: "Heads", group: "Group", groups: "Groups", mail: "Mail", handled: "Handled", rate: "per s", state: "State", "last-error": "Last error",
    conversation: "Conversation", connection: "WhatsApp connection", "no-source": "No WhatsApp source is open. `nanie run --whatsapp neonize`, or replay:FILE, opens one.",
    quarantined: "Quarantined", "quarantined-text": "These groups fail on a message again and again. Their messages are kept, in order.", retry: "Retry", "skip-message": "Skip the message", decided: "Done.",
    dead: "Dead letters", log: "Shared log", "log-text": (lines, flushes) => `${lines} lines in ${flushes} flushes`, underway: "Under way", "underway-text": (events, rows) => `${events} events, ${rows} commands`,
    busy: (what, s) => `${what}, ${s} s`, stuck: "Stuck", nobody: "No actor is like this.", find: "Find an actor",
    "follow-group": "Follow messages", "nobody-followed": "nobody", "not-following": "Choose a group to see the way of its messages through the actors.", "waiting-for-message": "Waiting for its next message…",
    "pair-start": "Show a code", "pair-unpaired": "No WhatsApp account is linked.", "pair-elsewhere": "Another program is linking this account.", "pair-starting": "WhatsApp is asked for a code…",
    "pair-qr": "On the phone: Settings → Linked devices → Link a device. Then scan this.", "pair-code": "On the phone: Linked devices → Link with phone number. Then type this code.", "pair-history": "Linked. The phone sends its history.", "pair-failed": "That did not work.",
    page_of: (shown, all) => `${shown} of ${all}`
  },
  he: {
    skip: "דילוג לתוכן", views: "תצוגות", conversations: "שיחות", actors: "שחקנים",
    "other-language": "אנגלית", theme: "בהיר או כהה", live: "חי", connecting: "מתחבר…", away: "אין קשר, מנסה שוב…",
    "conversation-name": "שם", create: "יצירה", remove: "הסרה מהדפדפן הזה",
    "no-conversation": "שיחה היא מה שאפליקציה מראה לאדם אחד. צרו שיחה, קשרו אותה לקבוצת וואטסאפ, וצפו בציר הזמן שלה.",
    "pick-group": "בחירת קבוצת וואטסאפ", "no-groups": "אין עדיין קבוצות. כשהחשבון ישמע על קבוצה, היא תופיע כאן.", refresh: "רענון",
    link: "קישור", unlink: "ניתוק", standalone: "ציר זמן משלו, בלי וואטסאפ", participants: (n) => `${n} משתתפים`, filter: "חיפוש קבוצה",
    "code-sent": "אם הקבוצה קיימת, נשלח אליה קוד. הקלידו אותו כאן:", code: "קוד", confirm: "אישור", cancel: "ביטול",
    add: "הוספה", "add-text": "מה קרה? ״בקבוק 120 ב-10:30״", "add-details": "סוג וזמן", type: "סוג", automatic: "לפי הטקסט", when: "מתי",
    delete: "מחיקה", deleted: (n) => (n === 1 ? "האירוע נמחק" : `${n} אירועים נמחקו`), undo: "ביטול", "undo-note": "הוא נוסף מחדש, כאירוע בפני עצמו.",
    empty: "אין עדיין כלום. מה שייכתב בקבוצה יופיע כאן מיד.", events: (n) => (n === 1 ? "אירוע אחד" : `${n} אירועים`),
    revision: (n) => `מצב ${n}`, picture: "תמונה", list: "רשימה", today: "היום", yesterday: "אתמול", edited: "נערך", unsent: "עוד לא בוואטסאפ", "new-event": (label) => `חדש: ${label}`,
    feeding: "האכלה", sleeping: "נרדמה", waking_up: "התעוררה", diaper: "חיתול", bath: "אמבטיה", other: "אחר",
    worker: "התהליך", since: "מאז", heads: "ראשים", group: "קבוצה", groups: "קבוצות", mail: "דואר", handled: "טופלו", rate: "לשנייה", state: "מצב", "last-error": "שגיאה אחרונה",
    conversation: "שיחה", connection: "החיבור לוואטסאפ", "no-source": "אין מקור וואטסאפ פתוח. ‎`nanie run --whatsapp neonize`‎ או ‎replay:FILE‎ פותחים אחד.",
    quarantined: "בהסגר", "quarantined-text": "הקבוצות האלה נכשלות שוב ושוב בהודעה אחת. ההודעות שלהן נשמרות, לפי הסדר.", retry: "ניסיון נוסף", "skip-message": "דילוג על ההודעה", decided: "בוצע.",
    dead: "מכתבים מתים", log: "היומן המשותף", "log-text": (lines, flushes) => `${lines} שורות ב-${flushes} כתיבות`, underway: "בדרך", "underway-text": (events, rows) => `${events} אירועים, ${rows} פקודות`,
    busy: (what, s) => `${what}, ${s} ש׳`, stuck: "תקוע", nobody: "אין שחקן כזה.", find: "חיפוש שחקן",
    "follow-group": "מעקב אחר הודעות", "nobody-followed": "אף קבוצה", "not-following": "בחרו קבוצה כדי לראות את דרכן של ההודעות שלה דרך השחקנים.", "waiting-for-message": "מחכה להודעה הבאה…",
    "pair-start": "הצגת קוד", "pair-unpaired": "אין חשבון וואטסאפ מקושר.", "pair-elsewhere": "תוכנית אחרת מקשרת את החשבון.", "pair-starting": "מבקש קוד מוואטסאפ…",
    "pair-qr": "בטלפון: הגדרות ← מכשירים מקושרים ← קישור מכשיר. ואז סרקו.", "pair-code": "בטלפון: מכשירים מקושרים ← קישור עם מספר טלפון. ואז הקלידו את הקוד.", "pair-history": "מקושר. הטלפון שולח את ההיסטוריה.", "pair-failed": "זה לא הצליח.",
    page_of: (shown, all) => `${shown} מתוך ${all}`
  },
};

const listeners = new Set();
let language = localStorage.getItem("nanie-language") ?? (navigator.language.startsWith("he") ? "he" : "en");

/** A text of the page in the chosen language. */
export function t(key, ...values) {
  const text = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return typeof text === "function" ? text(...values) : text;
}

/** The chosen language as a BCP 47 tag. */
export const locale = () => (language === "he" ? "he-IL" : navigator.language.startsWith("en") ? navigator.language : "en-GB");

export const direction = () => (language === "he" ? "rtl" : "ltr");

/** Be told when another language is chosen. */
export const onLanguage = (listener) => listeners.add(listener);

/** Change between the two, and bring what stands in the page itself up to date. */
export function nextLanguage() {
  language = language === "he" ? "en" : "he";
  localStorage.setItem("nanie-language", language);
  showLanguage();
  for (const listener of listeners) listener();
}

/** Put the words where `data-say…` asks for them. */
export function showLanguage() {
  document.documentElement.lang = language;
  document.documentElement.dir = direction();
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = t(element.dataset.say);
  for (const element of document.querySelectorAll("[data-say-label]")) element.setAttribute("aria-label", t(element.dataset.sayLabel));
  for (const element of document.querySelectorAll("[data-say-title]")) element.title = t(element.dataset.sayTitle);
  const button = document.getElementById("language");
  button.textContent = language === "he" ? "EN" : "עב";
  button.lang = language === "he" ? "en" : "he";
}
