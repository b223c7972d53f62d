// The panels of the pages: controls that choose among the results (helpers/panels/widgets.py).
const MOST = 4;  // values; more of them become a slider
const WORDS = 'Choose: the results were computed before. In JupyterLab the notebook computes new ones.';

const make = (tag, settings, ...children) => {
  const node = Object.assign(document.createElement(tag), settings);
  node.append(...children);
  return node;
};

// Each control: its node, how many values it has, and the number of the chosen one.
const slider = (name, texts, first) => {
  const input = make('input', { type: 'range', max: texts.length - 1, value: first });
  const output = make('output', {});
  return { node: make('label', {}, `${name} `, input, output), count: texts.length, chosen: () => {
    input.setAttribute('aria-valuetext', texts[input.value]);
    output.textContent = texts[input.value];
    return Number(input.value);
  } };
};
const buttons = (name, texts, first, group) => {
  const inputs = texts.map((_, i) => make('input', { type: 'radio', name: group, checked: i === first }));
  const labels = texts.map((text, i) => make('label', {}, inputs[i], ` ${text}`));
  const node = make('fieldset', {}, make('legend', {}, name), ...labels);
  return { node, count: texts.length, chosen: () => inputs.findIndex(input => input.checked) };
};
const fixed = (name, texts) => ({ node: make('p', {}, `${name}: ${texts[0]}`), count: 1, chosen: () => 0 });
const kind = count => count > MOST ? slider : count > 1 ? buttons : fixed;

document.addEventListener('DOMContentLoaded', () => {
  for (const [number, panel] of document.querySelectorAll('.course-frames').entries()) {
    const results = [...panel.children];
    const controls = JSON.parse(panel.dataset.controls).map(([name, texts, first], i) =>
      kind(texts.length)(name, texts, first, `frames${number}-${i}`));
    const show = () => {
      const chosen = controls.reduce((before, control) => before * control.count + control.chosen(), 0);
      results.forEach((result, i) => { result.hidden = i !== chosen; });
      return results[chosen];
    };
    const status = make('p', {});
    status.setAttribute('role', 'status');
    const words = make('p', {}, make('em', {}, WORDS));
    const form = make('form', {}, words, ...controls.map(control => control.node), status);
    form.addEventListener('input', () => {  // screen readers read the line, nobody else needs it
      const result = show();
      status.textContent = result.querySelector('p')?.textContent ?? result.querySelector('img')?.alt ?? '';
    });
    panel.prepend(form);
    show();
  }
});
