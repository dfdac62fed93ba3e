// The frame in the browser: Find, the age of the data, the bar at the bottom of a phone, and a place whose words screen readers read out.
//
// Every text goes in as textContent. Links are real links; after a plain click Streamlit shows their address as it does
// after a step back, so that the page is not loaded anew.

import { addressOf, follow, make } from "./dom.js"

const WAIT = 200 // milliseconds without a key before what is typed is sent
const mounted = new WeakMap()
let shown = null

export default function ({ data, parentElement, setTriggerValue }) {
  let frame = mounted.get(parentElement)
  if (!frame) {
    frame = { ...makeFind(), ...makePages(), said: make("div", { role: "status", class: "heard" }) }
    frame.updated = make("span", { class: "frame-updated" })
    parentElement.append(make("div", { class: "frame-line" }, frame.find, frame.updated), frame.nav, frame.said)
    mounted.set(parentElement, frame)
    makeRoom(parentElement.closest(".st-key-bar"))
    document.querySelector("[data-testid=stMain]").tabIndex = -1 // it holds what can be reached, and is no stop itself
  }
  shown = frame
  frame.send = setTriggerValue
  if (frame.said.textContent !== data.words) frame.said.textContent = data.words
  frame.updated.textContent = data.updated
  drawFind(frame, data)
  drawPages(frame, data)
}

// Streamlit's links to the pages end where our part of the bar begins.
function makeRoom(bar) {
  const observer = new ResizeObserver(() => {
    const [first] = bar.querySelectorAll("[data-testid=stSelectbox], .frame-line")
    document.documentElement.style.setProperty("--bar-right", `${Math.round(innerWidth - first.getBoundingClientRect().left)}px`)
  })
  for (const part of [document.body, ...bar.querySelectorAll("button, [data-testid=stSelectbox], .frame-line")]) observer.observe(part)
}

function icon(name) {
  return make("span", { class: "frame-icon", "aria-hidden": "true" }, name)
}

// --- Find --------------------------------------------------------------------------------------------------------------

function makeFind() {
  const input = make("input", {
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "60",
    "aria-controls": "frame-found",
  })
  const heard = make("p", { role: "status" })
  const groups = make("div")
  const slash = make("input", { type: "checkbox", tabindex: "-1" })
  const setting = make("label", { class: "setting" }, slash, make("span", {}, "Press / anywhere to come here"))
  const found = make("div", { id: "frame-found", hidden: true }, heard, groups, setting)
  const box = make("div", { class: "frame-box" }, icon("search"), input)
  const find = make("div", { class: "frame-find", role: "search" }, box, found)
  let timer = 0
  const ask = () => {
    clearTimeout(timer)
    const typed = input.value.trim()
    heard.hidden = groups.hidden = !typed
    if (!typed) found.hidden = document.activeElement !== input
    else if (typed !== shown.asked) shown.send("find", (shown.asked = typed))
    else if (found.dataset.typed === typed) found.hidden = false
  }
  const close = () => {
    clearTimeout(timer)
    input.value = ""
    found.hidden = true
  }
  input.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(ask, WAIT)
  })
  input.addEventListener("search", ask)
  find.addEventListener("keydown", (event) => {
    const links = [...found.querySelectorAll("a, input")]
    const at = links.indexOf(document.activeElement)
    if (event.key === "Escape") {
      close()
      input.focus()
    } else if (event.key === "Enter" && document.activeElement === input) {
      if (!found.hidden && links.length > 1 && input.value.trim() === found.dataset.typed) links[0].click()
      else ask()
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !found.hidden) {
      const next = at + (event.key === "ArrowDown" ? 1 : -1)
      ;(next < 0 ? input : links[Math.min(next, links.length - 1)]).focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  })
  find.addEventListener("focusout", (event) => {
    if (!find.contains(event.relatedTarget)) found.hidden = true
  })
  input.addEventListener("focus", () => {
    slash.checked = slashIsOn()
    ask()
  })
  slash.addEventListener("change", () => {
    turnSlash(slash.checked)
    drawHint(shown)
  })
  found.addEventListener("mousedown", (event) => event.preventDefault()) // a click in the list is no reason to close it
  found.addEventListener("click", (event) => {
    const link = event.target.closest("a")
    if (!link) return
    close()
    follow(event, link.href)
  })
  return { find, input, found, heard, groups, asked: "" }
}

// The browser remembers whether "/" goes to Find; it does unless it was switched off.
const SLASH = "cwac-slash"

function slashIsOn() {
  try {
    return localStorage.getItem(SLASH) !== "off"
  } catch {
    return true
  }
}

function turnSlash(on) {
  try {
    localStorage.setItem(SLASH, on ? "on" : "off")
  } catch {
    // a browser without storage keeps the shortcut
  }
}

function drawHint({ input }) {
  const hinted = slashIsOn() && !matchMedia("(max-width: 767.98px)").matches
  input.placeholder = hinted ? "Find  /" : "Find"
  if (slashIsOn()) input.setAttribute("aria-keyshortcuts", "/")
  else input.removeAttribute("aria-keyshortcuts")
}

function drawFind(frame, { finds, found }) {
  const { input, groups, heard } = frame
  frame.find.hidden = !finds
  input.setAttribute("aria-label", `Find ${finds}, and events by ID`)
  drawHint(frame)
  if (!found || found.typed !== input.value.trim()) return
  const text = JSON.stringify(found)
  if (frame.drawn !== text) {
    frame.drawn = text
    frame.found.dataset.typed = found.typed
    heard.textContent = found.said
    groups.replaceChildren(...found.groups.map(group))
  }
  if (frame.find.contains(document.activeElement)) frame.found.hidden = false
}

function group({ name, links, more }) {
  const list = make("ul", { "aria-label": name }, ...links.map((link) => make("li", {}, result(link))))
  return make("div", {}, make("p", { class: "name", "aria-hidden": "true" }, name), list, more ? make("p", { class: "more" }, more) : "")
}

function result({ text, detail, target }) {
  return make("a", { href: addressOf(target) }, make("strong", {}, text), " ", make("span", {}, detail))
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  const at = event.composedPath()[0]
  if (!slashIsOn() || !shown?.input.isConnected || at.closest?.("input, textarea, select, [contenteditable=true]")) return
  if (document.querySelector("[role=dialog][aria-modal=true], [data-testid=stDialog]")) return
  event.preventDefault()
  shown.input.focus()
  shown.input.select()
})

// Streamlit runs the page again at a bare "r", asks about its cache at "c" and runs it at each change of a file at "a",
// from a listener on the document, and has no option against it. Fields and lists that jump to a letter have the key before.
document.body.addEventListener("keydown", (event) => {
  if (["r", "c", "a"].includes(event.key?.toLowerCase()) && !event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation()
})

// --- a switch of the view ------------------------------------------------------------------------------------------------

// Streamlit takes the old view away piece by piece as the new one comes. The browser shows the old view until the new one is
// drawn, but no longer than this, since it answers no click meanwhile.
const HOLD = 1000 // milliseconds
const QUIET = 60 // milliseconds without a change
const CHOICES =
  "[data-testid=stTopNavLink], [role=radio][aria-checked=false], [role=option]:not([aria-selected=true]), .calendar [data-go], .calendar [data-view]"
const app = document.querySelector("[data-testid=stApp]")
let held = null
let shownAddress = address()

addEventListener("popstate", () => address() !== shownAddress && hold(), true)
addEventListener("click", ({ target }) => target.closest(CHOICES) && hold(), true)

async function hold() {
  if (held || !document.startViewTransition) return
  let started = false
  shownAddress = address()
  held = document.startViewTransition(async () => {
    await still(QUIET, HOLD, () => (started ||= !isAtRest()) && isAtRest())
    app.dataset.switching = ""
  })
  await held.ready.catch(() => {})
  await still(QUIET / 2, HOLD / 4, () => true) // charts take their width once there are frames again
  delete app.dataset.switching
  held.skipTransition()
  held = null
}

// A dialog opens above the view, and gives the focus back to it.
function address() {
  const shown = new URL(location.href)
  shown.searchParams.delete("event")
  return shown.pathname + shown.search
}

function isAtRest() {
  return app.dataset.testScriptState === "notRunning" && !document.querySelector("[data-testid=stSkeleton]")
}

// Wait until nothing has changed for that long and `ready`, but not beyond the limit.
function still(quiet, limit, ready) {
  return new Promise((resolve) => {
    const start = performance.now()
    let changed = start
    const observer = new MutationObserver(() => (changed = performance.now()))
    observer.observe(app, { subtree: true, childList: true, attributes: true, characterData: true })
    const timer = setInterval(() => {
      const now = performance.now()
      if (now - start < limit && (!ready() || now - changed < quiet)) return
      clearInterval(timer)
      observer.disconnect()
      resolve()
    }, 10)
  })
}

// --- pages -------------------------------------------------------------------------------------------------------------

const IN_BAR = 4

function makePages() {
  const more = make("div", { id: "frame-more", class: "frame-more", hidden: true })
  const bar = make("div", { class: "frame-pages" })
  const nav = make("nav", { "aria-label": "Pages", class: "frame-nav" }, more, bar)
  nav.addEventListener("click", (event) => {
    const link = event.target.closest("a")
    if (!link) return
    openMore(nav, false)
    follow(event, link.href)
    document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0)
  })
  nav.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || more.hidden) return
    openMore(nav, false)
    nav.querySelector("button").focus()
  })
  nav.addEventListener("focusout", (event) => {
    if (!nav.contains(event.relatedTarget)) openMore(nav, false)
  })
  // The filters in the URL change without the bar being drawn anew.
  for (const moment of ["pointerover", "focusin"]) {
    nav.addEventListener(moment, () => nav.querySelectorAll("a").forEach((link) => (link.href = addressOf({ page: link.dataset.page }))))
  }
  return { nav, more, bar }
}

function drawPages({ nav, more, bar }, { pages, current }) {
  const text = JSON.stringify([pages, current])
  if (nav.dataset.drawn === text) return
  nav.dataset.drawn = text
  const links = pages.map(({ page, title, icon: name }) => {
    const attributes = { href: "", "data-page": page, "aria-current": page === current ? "page" : null }
    return make("a", attributes, icon(name || "circle"), make("span", {}, title))
  })
  links.forEach((link) => (link.href = addressOf({ page: link.dataset.page })))
  const first = pages.length > IN_BAR + 1 ? links.slice(0, IN_BAR) : links
  bar.replaceChildren(...first)
  more.replaceChildren(...links.slice(first.length))
  if (first.length < links.length) {
    const here = pages.findIndex(({ page }) => page === current) >= first.length
    const button = make("button", { type: "button", "aria-expanded": "false", "aria-controls": "frame-more", class: here ? "here" : null })
    button.append(icon("more_horiz"), make("span", {}, "More"))
    button.addEventListener("click", () => openMore(nav, more.hidden))
    bar.append(button)
  }
  openMore(nav, false)
}

function openMore(nav, open) {
  nav.querySelector(".frame-more").hidden = !open
  nav.querySelector("button")?.setAttribute("aria-expanded", String(open))
}
