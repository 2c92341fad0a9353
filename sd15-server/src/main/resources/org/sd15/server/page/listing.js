// What would do the same as a job: a command, and a program in Java.
import { make, button } from './dom.js';

const text = (words) => JSON.stringify(words); // a literal of JSON is one of Java
const decimal = (number) => (Number.isInteger(number) ? `${number}.0` : String(number));
const list = (words) => `List.of(${words.map(text).join(', ')})`;

/** The settings that all runs have; the seed is a long. */
function sampling(request) {
  const scheduler = request.scheduler ? `.scheduler(model.scheduler(${text(request.scheduler)}))` : '';
  return `.seed(${request.seed}L).steps(${request.steps}).guidance(${decimal(request.guidance)})${scheduler}`;
}

function blend(request) {
  if (!request.blend?.length) return '';
  const pairs = request.blend.map(list).join(', ');
  return `\n            .blend(new Blend(List.of(${pairs}), List.of(), ${request.blendThreshold}, ${request.blendStart}, null))`;
}

function editing(request) {
  const weights = Object.entries(request.weights ?? {}).map(([word, factor]) => `\n            .weight(${text(word)}, ${decimal(factor)})`);
  const [from, to] = request.crossSteps;
  const mode = request.mode === 'auto' ? '' : `\n            .align(AlignmentMode.${request.mode.toUpperCase()})`;
  const method = (request.method ?? 'direct').toUpperCase().replaceAll('-', '_');
  const picture = request.image
    ? `\n        .picture(new GivenPicture(Pictures.fromImage(ImageIO.read(new File("image.png"))), InversionMethod.${method}, ${request.skip ?? 0}))`
    : '';
  return `Editing editing = model.edit(EditRequest.of(
        ${text(request.source)},
        ${text(request.target)})
        .edit(edit -> edit.crossGate(new CrossGate(new Window(${from}, ${to})))
            .selfGate(new Window(${request.selfSteps[0]}, ${request.selfSteps[1]}))${mode}${weights.join('')}${blend(request)})
        .sampling(set -> set${sampling(request)})${picture}
        .withHeatMaps());
    editing.run().finish();
    List<BufferedImage> pictures = Pictures.toImages(model.decode(editing.run().latents()));`;
}

function drawing(request) {
  const size = request.width && request.height ? `.size(${request.width}, ${request.height})` : '';
  return `GenerationRequest request = GenerationRequest.of(${text(request.prompt)})
        .negative(${text(request.negative ?? '')})${size}
        ${sampling(request)}
        .build();
    List<BufferedImage> pictures = Pictures.toImages(model.decode(request.on(model).finish()));`;
}

function masactrl(request) {
  return `MasaCtrlRun masa = MasaCtrlRequest.of(
        ${text(request.source)},
        ${text(request.target)})
        .control(usual -> usual.fromStep(${request.startStep}))
        .sampling(set -> set${sampling(request)})
        .on(model);
    masa.run().finish();
    List<BufferedImage> pictures = Pictures.toImages(model.decode(masa.run().latents()));`;
}

function attending(request) {
  return `AttendRun attend = AttendRequest.of(${text(request.prompt)}, ${list(request.words)})
        .sampling(set -> set${sampling(request)})
        .method(usual -> usual.moving(Window.until(${request.attendSteps}), ${decimal(request.stepSize)}).attempts(${request.attempts}))
        .on(model);
    attend.run().finish();
    List<BufferedImage> pictures = Pictures.toImages(model.decode(attend.run().latents()));`;
}

const PROGRAMS = {
  edit: editing,
  generate: (request) => (request.image ? null : drawing(request)),
  masactrl: (request) => (request.image || request.maskWords?.length ? null : masactrl(request)),
  attend: attending,
};

/** A program that does the same as a request; null where a command is all there is. */
export function asJava(request, model) {
  const body = PROGRAMS[request.kind]?.(request);
  if (!body) return null;
  const folder = !model || model === 'embedded' ? 'EmbeddedModel.folder()' : `Path.of(${text(model)})`;
  return `try (StableDiffusion model = StableDiffusion.load(${folder})) {\n    ${body}\n}`;
}

/** Shows both listings of a job in an element; its picture has to be saved beside, where it has one. */
export function showListing(place, job) {
  const listings = [['As a command', job.command], ['As Java', asJava(job.request, job.request.model)]];
  const given = job.request.image ? 'The picture is expected as image.png in the folder that it is run in.' : null;
  place.replaceChildren(...listings.filter(([, code]) => code).map(([title, code]) => {
    const block = make('pre', { tabIndex: 0, 'aria-label': title }, make('code', { textContent: code }));
    const copy = button('Copy', async () => {
      await navigator.clipboard.writeText(code).catch(() => getSelection().selectAllChildren(block)); // or to be copied by hand
      copy.firstChild.textContent = 'Copied';
      setTimeout(() => { copy.firstChild.textContent = 'Copy'; }, 1500);
    }, { kind: 'copy' });
    return make('details', {}, make('summary', { textContent: title }), block, copy,
      given ? make('p', { className: 'hint', textContent: given }) : null);
  }));
}
