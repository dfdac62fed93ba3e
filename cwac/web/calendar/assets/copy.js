// A button that copies a text. Where the browser does not allow it (plain http), the text is shown, selected, to copy.

export default function ({ data, parentElement }) {
  let button = parentElement.querySelector("button")
  if (!button) {
    button = document.createElement("button")
    button.type = "button"
    const field = document.createElement("input")
    field.readOnly = true
    field.hidden = true
    const said = document.createElement("span")
    said.setAttribute("role", "status")
    const copy = document.createElement("div")
    copy.className = "copy"
    copy.append(button, field, said)
    parentElement.append(copy)
  }
  const field = parentElement.querySelector("input")
  const said = parentElement.querySelector("span")
  button.textContent = data.label
  field.setAttribute("aria-label", data.label)
  button.onclick = async () => {
    const text = data.text.startsWith("?") ? location.origin + location.pathname + data.text : data.text
    try {
      await navigator.clipboard.writeText(text)
      said.textContent = "Copied"
      setTimeout(() => (said.textContent = ""), 3000)
    } catch {
      field.hidden = false
      field.value = text
      field.select()
      said.textContent = "Copy it from here"
    }
  }
}
