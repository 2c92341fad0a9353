// Heat maps: grey pictures of the server, coloured and laid over a picture.

// Dark violet over red to light yellow, rising in lightness throughout, so that it reads without colours too.
const STOPS = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];

/** The colour of a heat from 0 to 1. */
export function colourOf(heat) {
  const at = Math.min(0.9999, Math.max(0, heat)) * (STOPS.length - 1);
  const from = STOPS[Math.floor(at)];
  const to = STOPS[Math.floor(at) + 1];
  return from.map((value, i) => Math.round(value + (to[i] - value) * (at % 1)));
}

const loaded = new Map(); // maps are small and asked for again and again

function load(address) {
  if (!loaded.has(address)) {
    loaded.set(address, new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = reject;
      image.src = address;
    }));
    if (loaded.size > 200) loaded.delete(loaded.keys().next().value);
  }
  return loaded.get(address);
}

/** The largest heat of several maps at each place. */
function greatest(images) {
  const { naturalWidth: width, naturalHeight: height } = images[0];
  const heats = new Uint8ClampedArray(width * height);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  for (const image of images) {
    context.drawImage(image, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    for (let i = 0; i < heats.length; i++) heats[i] = Math.max(heats[i], data[4 * i]);
  }
  return { width, height, heats };
}

/** Draws maps, by their addresses, on a canvas; of several the greatest. An empty list clears it. */
export async function drawMap(canvas, addresses) {
  canvas.dataset.asked = addresses.join(' '); // whoever asked last is drawn
  const asked = canvas.dataset.asked;
  canvas.classList.toggle('shown', addresses.length > 0);
  if (!addresses.length) return;
  const images = await Promise.all(addresses.map(load)).catch(() => []);
  if (canvas.dataset.asked !== asked || !images.length) return;
  const { width, height, heats } = greatest(images);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < heats.length; i++) {
    pixels.data.set(colourOf(heats[i] / 255), 4 * i);
    pixels.data[4 * i + 3] = 60 + 0.55 * heats[i]; // the picture shines through, most where the word is not
  }
  context.putImageData(pixels, 0, 0);
}
