// The panels of the pages: show the result that belongs to the chosen values (helpers/panels/frames.py).
document.addEventListener('DOMContentLoaded', () => {
  for (const panel of document.querySelectorAll('.course-frames')) {
    const [form, ...results] = panel.children;
    const controls = [...form.querySelectorAll('input[type=range], fieldset')];
    const show = () => {
      let number = 0;
      for (const control of controls) {
        const buttons = [...control.querySelectorAll('input')];
        const texts = control.dataset.texts?.split('|');
        number *= texts ? texts.length : buttons.length;
        number += texts ? Number(control.value) : buttons.findIndex(button => button.checked);
        if (!texts) continue;
        control.setAttribute('aria-valuetext', texts[control.value]);
        control.nextElementSibling.textContent = texts[control.value];
      }
      results.forEach((result, i) => { result.hidden = i !== number; });
      return results[number];
    };
    form.addEventListener('input', () => {  // screen readers read the line, nobody else needs it
      const result = show();
      form.querySelector('[role=status]').textContent =
        result.querySelector('p')?.textContent ?? result.querySelector('img')?.alt ?? '';
    });
    form.hidden = false;
    show();  // a browser may remember what was chosen before
  }
});
