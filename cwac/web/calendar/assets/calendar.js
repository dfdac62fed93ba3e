// The calendar in the browser: a table for a month or a week, a list for a day, the agenda and every narrow screen.
//
// What it shows comes from cwac/web/calendar/content.py, for the visible days only. Every text from the sheet goes in as
// textContent. It tells Python where to go ("go") and which event to open ("open"), and remembers only the focus.

const NARROW = 640
const SHAPES = { draft: "✎", tentative: "?", confirmed: "✓", completed: "✓✓", cancelled: "✕", postponed: "↷" }
const VIEWS = { month: "Month", week: "Week", day: "Day", agenda: "Agenda" }
const UNKNOWN = "⚠ agency not known"
const mounted = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  let calendar = mounted.get(parentElement)
  if (!calendar) {
    calendar = new Calendar(parentElement)
    mounted.set(parentElement, calendar)
  }
  calendar.show(data, setTriggerValue)
  return () => {
    calendar.close()
    mounted.delete(parentElement)
  }
}

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "")
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

class Calendar {
  constructor(parent) {
    this.root = make("div", { class: "calendar" })
    this.root.addEventListener("click", (event) => this.clicked(event))
    this.root.addEventListener("keydown", (event) => this.pressed(event))
    this.root.addEventListener("focusin", (event) => this.focused(event))
    parent.append(this.root)
    this.narrow = null
    this.earlierShown = false
    this.observer = new ResizeObserver(() => {
      if (this.data && this.root.clientWidth && this.isNarrow() !== this.narrow) this.draw()
    })
    this.observer.observe(this.root)
  }

  close() {
    this.observer.disconnect()
  }

  isNarrow() {
    return this.root.clientWidth < NARROW
  }

  show(data, send) {
    this.send = send
    this.root.removeAttribute("aria-busy")
    const text = JSON.stringify(data)
    if (text === this.drawn) return
    const closed = this.data && this.data.opened && !data.opened ? this.data.opened : null
    if (!this.data || this.data.first !== data.first || this.data.view !== data.view) this.earlierShown = false
    this.data = data
    this.drawn = text
    this.draw()
    if (closed) this.returnTo(`event:${closed}`)
  }

  // --- drawing -----------------------------------------------------------------------------------------------------

  draw() {
    const held = this.root.getRootNode().activeElement
    const key = held && this.root.contains(held) ? held.dataset.key : null
    this.narrow = this.isNarrow()
    const { view } = this.data
    const table = (view === "month" || view === "week") && !this.narrow
    this.root.dataset.view = view
    this.root.dataset.layout = table ? "table" : "list"
    this.root.replaceChildren(this.bar(), table ? this.table() : this.list())
    this.rove()
    const wanted = this.wanted()
    if (wanted) wanted.focus()
    else if (key) this.find(key)?.focus()
    this.want = null
  }

  bar() {
    const { data } = this
    const move = (key, label, text, to) =>
      make("button", { type: "button", "data-key": key, "data-go": to, "aria-label": label, title: label, disabled: !to }, text)
    const views = Object.entries(VIEWS).map(([view, name]) =>
      make(
        "button",
        { type: "button", "data-key": `view-${view}`, "data-view": view, "aria-pressed": String(view === data.view) },
        name,
      ),
    )
    return make(
      "div",
      { class: "bar" },
      make(
        "div",
        { class: "move" },
        move("earlier", data.earlier_label, "‹", data.earlier),
        make("button", { type: "button", "data-key": "today", "data-today": true }, "Today"),
        move("later", data.later_label, "›", data.later),
      ),
      make("h2", { "aria-live": "polite" }, data.title),
      make("div", { class: "views", role: "group", "aria-label": "View" }, ...views),
    )
  }

  table() {
    const { days, title } = this.data
    const head = days.slice(0, 7).map((day) => make("th", { scope: "col", abbr: day.weekday }, day.weekday.slice(0, 3)))
    const rows = []
    for (let at = 0; at < days.length; at += 7) {
      rows.push(make("tr", {}, ...days.slice(at, at + 7).map((day) => this.cell(day))))
    }
    return make(
      "table",
      { "aria-label": `${title}, weeks from Sunday` },
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows),
    )
  }

  cell(day) {
    const number = String(Number(day.date.slice(8)))
    const count = day.count === 1 ? "1 event" : `${day.count || "no"} events`
    const classes = [day.outside && "outside", day.today && "today", day.marks.length && "marked"].filter(Boolean)
    return make(
      "td",
      { class: classes.join(" ") || null },
      make(
        "button",
        {
          type: "button",
          class: "number",
          "data-key": `day:${day.date}`,
          "data-date": day.date,
          "data-day": day.date,
          "aria-label": `${day.today ? "Today, " : ""}${day.weekday}, ${day.month} ${number}, ${count}`,
        },
        number,
      ),
      ...day.marks.map((mark) => make("span", { class: "mark" }, mark)),
      this.events(day),
    )
  }

  list() {
    const days = this.data.days.filter((day) => (day.events.length && !day.outside) || this.data.view === "day")
    const past = days.filter((day) => day.past)
    const hides = this.data.view !== "agenda" && past.length && past.length < days.length && !this.earlierShown
    const hidden = past.reduce((sum, day) => sum + day.count, 0)
    const sections = (hides ? days.filter((day) => !day.past) : days).map((day) =>
      make(
        "section",
        { class: day.today ? "today" : null },
        make("h3", {}, day.heading, ...day.marks.map((mark) => make("span", { class: "mark" }, mark))),
        this.events(day),
      ),
    )
    const show = make(
      "button",
      { type: "button", class: "show", "data-key": "show", "data-show": true, "aria-expanded": "false" },
      `Show ${hidden === 1 ? "1 earlier event" : `${hidden} earlier events`}`,
    )
    return make("div", { class: "list" }, hides ? show : null, ...sections)
  }

  events(day) {
    if (!day.events.length) return null
    const lines = day.events.map((event) => make("li", {}, this.event(event, day)))
    if (day.more) {
      const more = { type: "button", class: "more", "data-key": `more:${day.date}`, "data-date": day.date, "data-day": day.date }
      lines.push(make("li", {}, make("button", { ...more, "aria-label": `+${day.more} more on ${day.heading}` }, `+${day.more} more`)))
    }
    return make("ul", {}, ...lines)
  }

  event(event, day) {
    const brief = this.root.dataset.view === "month" && this.root.dataset.layout === "table"
    const plain = brief && (event.state === "confirmed" || event.state === "completed")
    const when = brief ? event.at : event.when
    const where = brief ? event.town : event.place
    const title = brief ? "" : event.title
    const agencies = event.agencies.length ? event.agencies : [UNKNOWN]
    const off = event.state === "cancelled" || event.state === "postponed"
    const struck = (text) => (off ? make("s", {}, text) : text)
    const said = (name, text) => (text ? make("span", { class: name }, text) : null)
    // Heard: what is seen, in its order, then what a glance tells without words.
    const seen = [when, where, title, ...agencies, plain ? null : event.words, event.staff, event.guests, ...event.warns]
    const beside = [plain ? event.words : null, event.staff ? `${event.staff} officers` : null]
    const made = make(
      "button",
      {
        type: "button",
        class: `event ${event.state}`,
        "data-key": `event:${event.id}`,
        "data-date": day.date,
        "data-open": event.id,
        "aria-haspopup": "dialog",
        "aria-label": [...seen, ...beside].filter(Boolean).join(", "),
      },
      make("span", { class: "stripe" }),
      make(
        "span",
        { class: "what" },
        make("span", { class: "shape" }, SHAPES[event.state]),
        make("span", { class: "when" }, struck(when)),
        " ",
        struck(where),
        said("title", title),
      ),
      make(
        "span",
        { class: "who" },
        ...agencies.flatMap((short) => [this.badge(short), " "]),
        plain ? null : said("words", event.words),
        said(event.short ? "staff short" : "staff", event.staff),
        said("guests", event.guests),
        ...event.warns.map((warn) => said("warn", `⚠ ${warn}`)),
      ),
    )
    this.paint(made.firstChild, event.agencies)
    return made
  }

  badge(short) {
    const made = make("span", { class: short === UNKNOWN ? "badge unknown" : "badge" }, short)
    if (short !== UNKNOWN) {
      const [ground, ink] = this.data.colors[short]
      made.style.backgroundColor = ground
      made.style.color = ink
    }
    return made
  }

  // A joint event is striped in the colors of all its agencies.
  paint(stripe, agencies) {
    const grounds = agencies.map((short) => this.data.colors[short][0])
    if (!grounds.length) return
    const part = 100 / grounds.length
    const bands = grounds.map((ground, at) => `${ground} ${at * part}% ${(at + 1) * part}%`)
    stripe.style.background = grounds.length === 1 ? grounds[0] : `linear-gradient(${bands.join(", ")})`
  }

  // --- the focus: one stop for Tab in each period, the arrows do the rest ----------------------------------------------

  stops() {
    return [...this.root.querySelectorAll("[data-date]")]
  }

  find(key) {
    return [...this.root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)
  }

  rove(chosen = null) {
    const stops = this.stops()
    const at =
      chosen ??
      stops.find((one) => one.dataset.key === this.current) ??
      stops.find((one) => one.dataset.date === this.data.today) ??
      stops[0]
    for (const one of stops) one.tabIndex = one === at ? 0 : -1
    this.current = at?.dataset.key ?? null
  }

  focused(event) {
    if (event.target.dataset?.date) this.rove(event.target)
  }

  // Where the focus belongs once the days asked for have arrived.
  wanted() {
    if (!this.want) return null
    const stops = this.stops()
    const inside = stops.filter((one) => !one.closest(".outside"))
    return (
      stops.find((one) => one.dataset.date === this.want.date) ??
      inside.find((one) => one.dataset.date.slice(8) === this.want.number) ??
      inside[0] ??
      this.find("today")
    )
  }

  // A closing dialog cannot return the focus into a shadow root, so we do, until the reader has moved it.
  returnTo(key) {
    const shadow = this.root.getRootNode()
    let tries = 0
    const attempt = () => {
      const lost = document.activeElement === document.body || (document.activeElement === shadow.host && !shadow.activeElement)
      if (lost) this.find(key)?.focus()
      if (++tries < 8) setTimeout(attempt, 60)
    }
    attempt()
  }

  // --- what people do --------------------------------------------------------------------------------------------------

  go(to, want = null) {
    this.want = want
    this.root.setAttribute("aria-busy", "true")
    this.send("go", { view: this.data.view, today: to.date === this.data.today, ...to })
  }

  clicked(event) {
    const { dataset } = event.target.closest("button") ?? { dataset: {} }
    if (dataset.open) this.send("open", dataset.open)
    else if (dataset.day) this.go({ view: "day", date: dataset.day }, { date: dataset.day })
    else if (dataset.go) this.go({ date: dataset.go })
    else if (dataset.view) this.go({ view: dataset.view, date: this.data.date })
    else if (dataset.today !== undefined) this.go({ date: this.data.today })
    else if (dataset.show !== undefined) {
      this.earlierShown = true
      this.draw()
      this.stops()[0]?.focus()
    }
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const here = event.target.closest("[data-date]")
    const done = here ? this.moved(event.key, here) : this.paged(event.key, null)
    if (done) {
      event.preventDefault()
      event.stopPropagation()
    }
  }

  paged(key, here) {
    const { data } = this
    const number = here?.dataset.date.slice(8)
    if (key === "PageUp" && data.earlier) this.go({ date: data.earlier }, here && { number })
    else if (key === "PageDown" && data.later) this.go({ date: data.later }, here && { number })
    else if (key === "Home") {
      const today = this.stops().find((one) => one.dataset.date === data.today)
      if (today) today.focus()
      else this.go({ date: data.today }, { date: data.today })
    } else return false
    return true
  }

  moved(key, here) {
    if (this.paged(key, here)) return true
    const table = this.root.dataset.layout === "table"
    const { date } = here.dataset
    if (key === "Escape") {
      const number = table && this.find(`day:${date}`)
      if (number && number !== here) number.focus()
      else if (this.data.view === "day") this.go({ view: "month", date }, { date })
      else return false
    } else if (key === "ArrowDown" || key === "ArrowUp") this.step(here, key === "ArrowDown" ? 1 : -1, table)
    else if (key === "ArrowRight" || key === "ArrowLeft") this.aside(here, key === "ArrowRight" ? 1 : -1)
    else return false
    return true
  }

  // Down through the events of a day, then to the same day of the next week.
  step(here, by, table) {
    const stops = this.stops()
    if (!table) {
      stops[stops.indexOf(here) + by]?.focus()
      return
    }
    const own = stops.filter((one) => one.dataset.date === here.dataset.date)
    const next = own[own.indexOf(here) + by]
    if (next) next.focus()
    else this.reach(added(here.dataset.date, 7 * by), by < 0 ? -1 : 0)
  }

  aside(here, by) {
    if (this.root.dataset.layout === "table") {
      this.reach(added(here.dataset.date, by), 0)
      return
    }
    const dates = [...new Set(this.stops().map((one) => one.dataset.date))]
    const to = dates[dates.indexOf(here.dataset.date) + by]
    if (to) this.reach(to, 0)
  }

  reach(date, place) {
    const there = this.stops().filter((one) => one.dataset.date === date)
    if (there.length) there.at(place).focus()
    else this.go({ date }, { date })
  }
}

function added(date, days) {
  const moment = new Date(`${date}T00:00:00Z`)
  moment.setUTCDate(moment.getUTCDate() + days)
  return moment.toISOString().slice(0, 10)
}
