// What a tab was doing, so that a reload keeps it. Per tab: two tabs may be at different edits.

/** The value that was kept under a name, over the usual one. */
export function recall(name, usual) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(name));
    if (kept === null) return usual;
    const isObject = typeof usual === 'object' && usual !== null && !Array.isArray(usual);
    return isObject ? { ...usual, ...kept } : kept;
  } catch {
    return usual;
  }
}

/** Keeps a value; one that is too large for the browser is not kept. */
export function keep(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    sessionStorage.removeItem(name);
  }
}

/** This tab's name for the server, by which a newer job takes the place of an older. */
export function tabName() {
  let name = recall('tab', '');
  if (!name) {
    name = `page-${Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join('')}`;
    keep('tab', name);
  }
  return name;
}
