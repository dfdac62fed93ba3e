// The calendar in the browser: a table for a month, days on a time axis for a week and a day, a list for the agenda and
// every narrow screen, which also has a small month of dots.
//
// What it shows comes from cwac/web/calendar/content.py, for the visible days only. Every text from the sheet goes in as
// textContent. It tells Python where to go ("go") and which event to open ("open"), and remembers only the focus.

import { agency, dots, make } from "../cwac.frame/dom.js"

const NARROW = 640
const SHAPES = { draft: "✎", tentative: "?", confirmed: "✓", completed: "✓✓", cancelled: "✕", postponed: "↷" }
const STATES = { draft: "draft", tentative: "tentative", confirmed: "event confirmed", completed: "completed", cancelled: "canceled", postponed: "postponed" }
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ")
const VIEWS = { month: "Month", week: "Week", day: "Day", agenda: "Agenda" }
// As a date picker has them; seen while a day or an event has the focus.
const KEYS = "Keys: arrows for days and events, Home and End in a week, Page Up and Page Down by month, with Shift by year, Enter to open"
const MOST_DOTS = 8
const LANES = 6 // columns of a day on the time axis, which one, two or three events side by side divide
const SHOWN_FIRST = 10

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.calendar ??= new Calendar(parentElement)
  parentElement.calendar.show(data, setTriggerValue)
}

class Calendar {
  constructor(parent) {
    this.root = make("div", { class: "calendar" })
    this.root.addEventListener("click", (event) => this.clicked(event))
    this.root.addEventListener("keydown", (event) => this.pressed(event))
    this.root.addEventListener("focusin", ({ target }) => this.rove(target))
    parent.append(this.root)
    this.current = {}
    new ResizeObserver(() => {
      const { clientWidth } = this.root
      if (this.data && clientWidth && clientWidth < NARROW !== this.narrow) this.draw()
    }).observe(this.root)
  }

  show(data, send) {
    this.send = send
    this.root.removeAttribute("aria-busy")
    const text = JSON.stringify(data)
    if (text === this.drawn) return
    if (!this.data || this.data.first !== data.first || this.data.view !== data.view) this.earlierShown = this.allShown = false
    this.data = data
    this.drawn = text
    this.draw()
  }

  // --- drawing -----------------------------------------------------------------------------------------------------

  draw() {
    const key = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null
    this.narrow = this.root.clientWidth < NARROW
    const { view } = this.data
    const layout = !this.narrow && this.data.hours ? "week" : !this.narrow && view === "month" ? "table" : "list"
    this.root.dataset.view = view
    this.root.dataset.layout = layout
    const days = layout === "table" ? [this.table()] : layout === "week" ? [this.week()] : [this.mini(), this.list()]
    const keys = make("p", { class: "keys", id: "calendar-keys", hidden: this.narrow }, KEYS)
    this.root.replaceChildren(this.bar(), ...days.filter(Boolean), ...this.legend(layout), keys)
    this.rove()
    const wanted = this.wanted()
    ;(wanted ?? this.find(key))?.focus()
    if (wanted) this.want = null
  }

  bar() {
    const { data } = this
    const views = Object.entries(VIEWS).map(([view, name]) =>
      make("button", { "data-key": `view-${view}`, "data-view": view, "aria-pressed": String(view === data.view) }, name),
    )
    return make(
      "div",
      { class: "bar" },
      make(
        "div",
        { class: "move" },
        move("earlier", data.earlier_label, "‹", data.earlier),
        make("button", { "data-key": "today", "data-today": true }, "Today"),
        move("later", data.later_label, "›", data.later),
      ),
      make("h2", { "aria-live": "polite" }, data.title),
      make("div", { class: "views", role: "group", "aria-label": "View" }, ...views),
    )
  }

  table() {
    const { days, title } = this.data
    const attributes = { class: "month", "aria-label": `${title}, weeks from Sunday`, "aria-describedby": "calendar-keys" }
    const name = (day) => `Week of ${day.month} ${numberOf(day.date)}`
    return grid(attributes, 3, days, name, (day) => this.cell(day))
  }

  cell(day) {
    return make(
      "td",
      { class: [day.outside && "outside", day.today && "today"] },
      this.number(day),
      ...day.marks.map((mark) => make("span", { class: "mark" }, mark)),
      this.events(day, day.events),
    )
  }

  number(day) {
    const number = numberOf(day.date)
    const label = `${day.weekday}, ${day.month} ${number}${day.today ? " today" : ""}, ${counted(day.count, "event")}`
    return opener(day, "number", "day", label, number)
  }

  // Days beside a time axis. Each is a heading and lists, so that it can be read without seeing the axis. A row of the
  // grid lies between two times at which something begins or ends; all hours are as high as the fullest event needs.
  week() {
    const { days, hours, title, from } = this.data
    const events = days.flatMap((day) => day.events).filter((event) => event.lane)
    const marks = hours.map((_, at) => (from + at) * 60)
    const ends = [(from + hours.length) * 60, ...events.flatMap((event) => [event.start, event.start + event.length])]
    this.times = [...new Set([...marks, ...ends])].sort((one, other) => one - other)
    const spans = (texts) => marks.map((time, at) => make("span", { style: { "grid-row": this.line(time) } }, texts[at]))
    const lanes = (day) => Math.max(1, ...day.events.map((event) => event.lane?.[1] ?? 1))
    const heights = this.times.slice(1).map((time, at) => time - this.times[at])
    const style = {
      "grid-template-columns": `4rem ${days.map((day) => `minmax(${6 * lanes(day)}rem, 1fr)`).join(" ")}`,
      "grid-template-rows": `auto auto ${heights.map((minutes) => `minmax(calc(var(--hour) * ${minutes / 60}), ${minutes}fr)`).join(" ")}`,
    }
    return make(
      "div",
      { class: "week", role: "group", "aria-label": title, "aria-describedby": "calendar-keys", style },
      make("div", { class: "axis", "aria-hidden": "true", style: { "grid-column": 1 } }, ...spans(hours)),
      make("div", { class: "rules", "aria-hidden": "true", style: { "grid-column": "2 / -1" } }, ...spans([])),
      ...days.map((day, at) => this.column(day, at + 2)),
    )
  }

  line(time) {
    return this.times.indexOf(time) + 1
  }

  // What the marks mean, of those that are shown; folded on a narrow screen.
  legend(layout) {
    const events = this.data.days.flatMap((day) => day.events)
    if (!events.length) return []
    const any = (test) => events.some(test)
    const sign = (text, tone = "") => make("span", { class: `sign ${tone}`, "aria-hidden": "true" }, text)
    const shapes = new Set(events.map((event) => event.state))
    if (layout === "table") shapes.delete("confirmed") // the usual one has no sign there
    const entries = [
      any((event) => event.conflicts.length) && [make("span", { class: "alarm", "aria-hidden": "true" }, "⚠"), "conflict"],
      any((event) => event.staff !== null) && (layout === "table" ? [sign("5/5"), "positions filled"] : [sign("●○"), "position filled, open"]),
      any((event) => event.urgent.length) && [sign(layout === "table" ? "3/5" : "●○", "alarm"), "short within 2 days"],
      any((event) => event.short && !event.urgent.length) && [sign(layout === "table" ? "4/5" : "●○", "dots short"), "short later"],
      layout === "table" && any((event) => event.leads) && [make("strong", { "aria-hidden": "true" }, "ABC"), "agency that leads"],
      ...Object.entries(SHAPES).map(([state, shape]) => shapes.has(state) && [sign(shape), STATES[state]]),
      layout === "table" && this.data.days.some((day) => day.today) && [make("span", { class: "box", "aria-hidden": "true" }), "today"],
      this.data.days.some((day) => day.marks.length) && [make("span", { class: "mark", "aria-hidden": "true" }, "Gray words"), "holiday or special day"],
    ]
    const list = make("ul", {}, ...entries.filter(Boolean).map(([picture, words]) => make("li", {}, picture, ` ${words}`)))
    const legend = make("details", { class: "legend", open: this.unfolded ?? !this.narrow }, make("summary", {}, "What the marks mean"), list)
    legend.querySelector("summary").addEventListener("click", () => (this.unfolded = !legend.open))
    return [legend]
  }

  column(day, place) {
    const timed = day.events.filter((event) => event.lane)
    const untimed = day.events.filter((event) => !event.lane)
    const placed = timed.map((event) => {
      const [lane, lanes] = event.lane
      const style = {
        "grid-row": `${this.line(event.start)} / ${this.line(event.start + event.length)}`,
        "grid-column": `${(lane * LANES) / lanes + 1} / span ${LANES / lanes}`,
      }
      return make("li", { style }, this.event(event, day))
    })
    const name = make("h3", {}, make("span", { class: "weekday", "aria-hidden": "true" }, `${day.weekday.slice(0, 3)} `), this.number(day))
    return make(
      "section",
      { class: ["column", day.today && "today", !day.count && "free"], style: { "grid-column": place } },
      this.data.view !== "day" && name,
      make("div", { class: "above" }, ...day.marks.map((mark) => make("p", { class: "mark" }, mark)), this.events(day, untimed)),
      make(placed.length ? "ul" : "div", { class: "hours" }, ...(day.count ? placed : [make("p", { class: "none" }, "No events")])),
    )
  }

  // A month of dots, colored where officers are missing, with a sign for a conflict; each day leads to its events.
  mini() {
    const { mini, view } = this.data
    if (!mini || !this.narrow) return null
    // In the month view the bar above has this title and these two buttons already.
    const head = make(
      "div",
      { class: "mini-bar" },
      move("mini-earlier", "Previous month", "‹", mini.earlier),
      make("h3", {}, mini.title),
      move("mini-later", "Next month", "›", mini.later),
    )
    const attributes = { class: "mini", "aria-label": `Days of ${mini.title}` }
    return make("div", {}, view !== "month" && head, grid(attributes, 1, mini.days, () => null, (day) => this.miniDay(day)))
  }

  miniDay([date, words, count, conflict, tone]) {
    const outside = Number(date.slice(5, 7)) !== this.data.mini.month
    const today = date === this.data.today
    const wrong = conflict ? "conflict" : tone && "short of officers"
    const label = [today && "Today", words, counted(count, "event"), wrong].filter(Boolean).join(", ")
    const marked = { class: ["marks", conflict ? "sign alarm" : tone], "aria-hidden": "true" }
    const marks = make("span", marked, conflict ? "⚠" : "•".repeat(Math.min(3, count)))
    return make(
      "td",
      { class: [outside && "outside", today && "today"] },
      make("button", { "data-key": `mini:${date}`, "data-mini": date, "aria-label": label }, numberOf(date), marks),
    )
  }

  list() {
    const { view } = this.data
    const days = this.data.days.filter((day) => day.events.length && !day.outside)
    const past = days.filter((day) => day.past)
    const hides = view !== "agenda" && past.length > 0 && past.length < days.length && !this.earlierShown
    const shown = hides ? days.filter((day) => !day.past) : days
    const first = this.narrow && !this.allShown ? firstOf(shown, SHOWN_FIRST) : shown
    const rest = total(shown) - total(first)
    const show = (key, text) => make("button", { class: "show", "data-key": key, "data-show": key }, text)
    return make(
      "div",
      { class: "list" },
      hides && show("earlierShown", `Show ${counted(total(past), "earlier event")}`),
      ...this.sections(first),
      rest > 0 && show("allShown", `Show ${rest} more`),
    )
  }

  // In the agenda under a heading for each week.
  sections(days) {
    const { view } = this.data
    const made = []
    let week = null
    const between = view === "agenda" && !this.narrow ? "heard" : null // there each part has a line of its own
    for (const day of days) {
      if (view === "agenda" && day.week !== week) made.push(make("h3", { class: "week-name" }, (week = day.week)))
      const conflicts = new Set(day.events.flatMap((event) => event.conflicts)).size
      const warned = conflicts ? make("span", { class: "warned alarm" }, "⚠ ", counted(conflicts, "conflict")) : null
      const marks = day.marks.map((mark) => make("span", { class: "mark" }, mark))
      const parts = [view === "day" ? null : make("span", {}, day.heading), ...marks, warned].filter(Boolean)
      const heading = parts.length
        ? make(view === "agenda" ? "h4" : "h3", {}, ...parts.flatMap((part, at) => (at ? [make("span", { class: between }, " · "), part] : [part])))
        : null
      made.push(make("section", { class: day.today ? "today" : null, "data-of": day.date }, heading, this.events(day, day.events)))
    }
    return made
  }

  events(day, events) {
    if (!events.length && !day.more) return null
    const lines = events.map((event) => make("li", {}, this.event(event, day)))
    if (day.more) lines.push(make("li", {}, opener(day, "more", "more", `+${day.more} more on ${day.heading}`, `+${day.more} more`)))
    return make("ul", {}, ...lines)
  }

  event(event, day) {
    const { layout } = this.root.dataset
    const brief = layout === "table"
    const when = brief ? event.at : event.when
    const off = event.state === "cancelled" || event.state === "postponed"
    const usual = ["confirmed", "completed", "tentative"].includes(event.state)
    const words = usual && layout !== "list" ? null : event.words
    const struck = (text) => (off ? make("s", {}, text) : text)
    const said = (name, text) => (text ? make("span", { class: name }, text) : null)
    const shape = brief && event.state === "confirmed" ? null : SHAPES[event.state]
    const who = make("span", { class: "who" }, ...this.whom(event))
    const what = make("span", { class: "what" }, struck(event.place), ...(brief || !event.title ? [] : [" · ", said("title", event.title)]))
    const notices = event.notes.map((note) => said(event.urgent.includes(note) ? "warn alarm" : event.mild.includes(note) ? "words" : "warn", note))
    const below = [brief ? said("words", words) : said("warn alarm", event.conflict), ...notices].filter(Boolean)
    const told = who.textContent
    if (brief) who.replaceChildren(...(event.agencies.length ? [who.firstChild] : []))
    const staff = make("span", { class: "staff" }, ...apart([brief ? null : said("words", words), said("guests", event.guests), marks(event, brief)]))
    const warns = below.length ? make("span", { class: "warns" }, ...apart(below)) : null
    const flag = event.conflict ? make("span", { class: "flag alarm" }, "⚠ ") : null
    // Heard: what is seen, in its order, and then what a glance tells without words.
    const filled = event.staff && `${event.staff.replace("/", " of ")} ${event.staff.includes("/") ? "positions filled" : "going"}`
    const notes = below.map((part) => part.textContent)
    const heard = brief
      ? [event.conflict, when, who.textContent, event.guests, event.staff, event.place, ...notes, told, filled]
      : [when, what.textContent, told, ...notes, words, event.guests, filled]
    return make(
      "button",
      {
        class: `event ${event.state}`,
        "data-key": `event:${event.id}`,
        "data-date": day.date,
        "data-open": event.id,
        "aria-haspopup": "dialog",
        "aria-label": [...heard, words ? null : event.words].filter(Boolean).join(", "),
      },
      ...apart([
        (flag || shape) && make("span", { class: "shape", "aria-hidden": "true" }, flag, shape),
        make("span", { class: "when" }, struck(when)),
        ...(brief ? [who, staff, what, warns] : [what, who, warns, staff]),
      ]),
    )
  }

  // "WPD leads, with CHP-MS and SCSO", also in copied text.
  whom({ agencies, leads, others }) {
    if (!agencies.length) return [make("span", { class: "warn" }, "agency not known")]
    const more = others ? [`${others} more`] : []
    const named = agencies.map((short, at) => agency({ name: short, color: this.data.colors[short], lead: at === 0 && leads }))
    const [first, ...partners] = [...named, ...more]
    const joined = (list) => list.flatMap((part, at) => (at === 0 ? [part] : [at === list.length - 1 ? " and " : ", ", part]))
    return leads ? [first, partners.length ? " leads, with " : " leads", ...joined(partners)] : joined([first, ...partners])
  }

  // --- the focus: one stop for Tab in each period, the arrows do the rest ----------------------------------------------

  stops(kind = "date") {
    return [...this.root.querySelectorAll(`[data-${kind}]`)]
  }

  find(key) {
    return this.root.querySelector(`[data-key="${CSS.escape(key)}"]`)
  }

  // The small month is another stop.
  rove(target = null) {
    for (const kind of ["date", "mini"]) {
      const stops = this.stops(kind)
      const at =
        stops.find((one) => one === target) ??
        stops.find((one) => one.dataset.key === this.current[kind]) ??
        stops.find((one) => one.dataset[kind] === this.data.today) ??
        stops.find((one) => !one.closest(".outside"))
      for (const one of stops) one.tabIndex = one === at ? 0 : -1
      this.current[kind] = at?.dataset.key
    }
  }

  // Where the focus belongs once the days asked for have arrived; the view may be drawn before that.
  wanted() {
    if (this.want?.view !== this.data.view || this.want.day !== this.data.date) return null
    const stops = this.stops()
    return (
      this.find(`mini:${this.want.mini}`) ??
      stops.find((one) => one.dataset.date === this.want.date) ??
      stops.find((one) => !one.closest(".outside")) ??
      this.find("today")
    )
  }

  // --- what people do --------------------------------------------------------------------------------------------------

  go(to, want = null) {
    const view = to.view ?? this.data.view
    this.want = want && { ...want, view, day: to.date }
    this.root.setAttribute("aria-busy", "true")
    this.send("go", { ...to, view, today: to.date === this.data.today })
  }

  clicked(event) {
    const { dataset } = event.target.closest("button") ?? { dataset: {} }
    if (dataset.open) this.send("open", dataset.open)
    else if (dataset.day) this.go({ view: "day", date: dataset.day }, { date: dataset.day })
    else if (dataset.go) this.go({ date: dataset.go })
    else if (dataset.view) this.go({ view: dataset.view, date: this.data.date })
    else if (dataset.today !== undefined) this.go({ date: this.data.today })
    else if (dataset.mini) this.jump(dataset.mini)
    else if (dataset.show !== undefined) {
      const before = this.stops().length
      this[dataset.show] = true
      this.draw()
      this.stops()[dataset.show === "allShown" ? before : 0]?.focus()
    }
  }

  // To that day's events; if the list has none, the day is asked for.
  jump(date) {
    const listed = this.data.days.find((day) => day.date === date && day.events.length && !day.outside)
    if (!listed) {
      if (this.data.view === "agenda") this.go({ date })
      else this.go({ date, view: "day" }, { date })
      return
    }
    if (!this.root.querySelector(`[data-of="${date}"]`)) {
      this.earlierShown = this.allShown = true
      this.draw()
    }
    this.root.querySelector(`[data-of="${date}"]`).scrollIntoView({ block: "nearest" })
    this.reach(date, 0)
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const here = event.target.closest("[data-date], [data-mini]")
    const moves = here?.dataset.mini ? this.movedMini : this.moved
    if (!this.paged(event, here) && (!here || event.shiftKey || !moves.call(this, event.key, here))) return
    event.preventDefault()
    event.stopPropagation()
  }

  // By a month, or with Shift by a year, from the day that has the focus.
  paged({ key, shiftKey }, here) {
    const by = { PageUp: -1, PageDown: 1 }[key]
    if (!by) return false
    const kind = here?.dataset.mini ? "mini" : "date"
    const date = monthsOn(here?.dataset[kind] ?? this.data.date, shiftKey ? 12 * by : by)
    const [first, last] = this.data.bounds
    if (date >= first && date <= last) this.go({ date }, here && { [kind]: date })
    return true
  }

  movedMini(key, here) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7, ...toEndsOfWeek(here.dataset.mini) }[key]
    if (by === undefined) return false
    this.find(`mini:${added(here.dataset.mini, by)}`)?.focus()
    return true
  }

  moved(key, here) {
    const { view } = this.data
    const days = this.root.dataset.layout !== "list" && view !== "day"
    const { date } = here.dataset
    if (key === "Escape") {
      const number = days && this.find(`day:${date}`)
      if (number && number !== here) number.focus()
      else if (view === "day") this.go({ view: "month", date }, { date })
      else return false
    } else if (key === "Home" || key === "End") {
      if (days) this.reach(added(date, toEndsOfWeek(date)[key]), 0)
      else this.stops().at(key === "Home" ? 0 : -1).focus()
    } else if (key === "ArrowDown" || key === "ArrowUp") this.step(here, key === "ArrowDown" ? 1 : -1, days)
    else if (key === "ArrowRight" || key === "ArrowLeft") this.aside(here, key === "ArrowRight" ? 1 : -1)
    else return false
    return true
  }

  // Down through the events of a day, then to the same day of the next week.
  step(here, by, days) {
    const own = this.stops().filter((one) => !days || one.dataset.date === here.dataset.date)
    const next = own[own.indexOf(here) + by]
    if (next) next.focus()
    else if (days) this.reach(added(here.dataset.date, 7 * by), by < 0 ? -1 : 0)
  }

  aside(here, by) {
    const { date } = here.dataset
    const dates = [...new Set(this.stops().map((one) => one.dataset.date))]
    const to = this.root.dataset.layout === "list" ? dates[dates.indexOf(date) + by] : added(date, by)
    if (to) this.reach(to, 0)
  }

  reach(date, place) {
    const there = this.stops().filter((one) => one.dataset.date === date)
    if (there.length) there.at(place).focus()
    else this.go({ date }, { date })
  }
}

// To the view of that day.
function opener({ date }, name, key, label, text) {
  const attributes = { class: name, "data-key": `${key}:${date}`, "data-date": date, "data-day": date, "aria-label": label }
  return make("button", attributes, text)
}

function move(key, label, text, to) {
  return make("button", { "data-key": key, "data-go": to, "aria-label": label, title: label, disabled: !to }, text)
}

// A row for each week, from Sunday.
function grid(attributes, letters, days, nameOf, cell) {
  const head = WEEKDAYS.map((name) => make("th", { scope: "col", abbr: name }, name.slice(0, letters)))
  const rows = []
  for (let at = 0; at < days.length; at += 7) {
    rows.push(make("tr", { "aria-label": nameOf(days[at]) }, ...days.slice(at, at + 7).map(cell)))
  }
  return make("table", attributes, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows))
}

function numberOf(date) {
  return String(Number(date.slice(8)))
}

function counted(number, noun) {
  return `${number || "no"} ${number === 1 ? noun : `${noun}s`}`
}

// With spaces between, so that copied and searched text has words.
function apart(parts) {
  return parts.filter(Boolean).flatMap((part) => [part, " "])
}

function total(days) {
  return days.reduce((sum, day) => sum + day.count, 0)
}

// The days from the first until there are that many events, the last of them cut. One or two events more are shown at once.
function firstOf(days, events) {
  if (total(days) <= events + 2) return days
  const shown = []
  for (const day of days) {
    const left = events - total(shown)
    if (left <= 0) break
    shown.push(day.events.length > left ? { ...day, events: day.events.slice(0, left), count: left, more: 0 } : day)
  }
  return shown
}

// A dot a position; numbers where there are too many, and in a month.
function marks({ staff, short, urgent }, brief) {
  if (staff === null) return null
  const [filled, positions] = staff.split("/").map(Number)
  const text = brief ? staff : staff.replace("/", " of ")
  const numbers = brief || positions > MOST_DOTS || positions === undefined
  const made = numbers ? make("span", { class: short ? "dots short" : "dots" }, text) : dots({ filled, of: positions, text })
  made.classList.toggle("alarm", urgent.length > 0)
  return made
}

function toEndsOfWeek(date) {
  const weekday = new Date(date).getUTCDay() // a date without a time is in UTC
  return { Home: -weekday, End: 6 - weekday }
}

// The same day of another month, or its last one.
function monthsOn(date, months) {
  const [year, month, day] = date.split("-").map(Number)
  const last = new Date(Date.UTC(year, month + months, 0))
  last.setUTCDate(Math.min(day, last.getUTCDate()))
  return last.toISOString().slice(0, 10)
}

function added(date, days) {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10)
}
