// A place whose words screen readers read out when they change, after what they are saying. It stays while they change.

export default function ({ data, parentElement }) {
  let place = parentElement.querySelector("[role=status]")
  if (!place) {
    place = document.createElement("div")
    place.setAttribute("role", "status")
    place.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
    parentElement.append(place)
  }
  if (place.textContent !== data.words) place.textContent = data.words
}
