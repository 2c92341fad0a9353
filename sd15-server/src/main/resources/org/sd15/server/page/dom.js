// Elements are made here and nowhere else: text goes in by textContent, so that nothing from a user or a file becomes HTML.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with properties (or attributes: names with a dash, and role) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else if (name.includes('-') || name === 'role' || name === 'for') {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An SVG element with attributes. */
export function makeSvg(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** A button that does something; its icon, where it has one, is one of icons.svg. */
export function button(text, action, { icon = null, label = null, kind = '' } = {}) {
  const made = make('button', { type: 'button', className: kind, on: { click: action } });
  if (icon) made.append(iconOf(icon));
  if (text) made.append(make('span', { textContent: text }));
  if (label) {
    made.setAttribute('aria-label', label);
    made.title = label;
  }
  return made;
}

/** An icon that says nothing to a screen reader. */
export function iconOf(name) {
  const svg = makeSvg('svg', { class: 'icon', 'aria-hidden': 'true', viewBox: '0 0 24 24' });
  svg.append(makeSvg('use', { href: `icons.svg#${name}` }));
  return svg;
}

export const byId = (id) => document.getElementById(id);
