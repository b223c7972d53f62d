// What ipywidgets cannot do from Python. It runs once on a page, for every panel and quiz.
(() => {
  if (window.coursePanels) return;
  window.coursePanels = true;

  // JupyterLab takes plain keys as commands (a: new cell, arrows: next cell) wherever the focus
  // is. In a panel they belong to the panel. Escape, Shift+Enter and Ctrl, Alt or Cmd with a key
  // stay with JupyterLab.
  window.addEventListener('keydown', event => {
    if (!(event.target instanceof Element) || !event.target.closest('.course-panel')) return;
    const command = event.ctrlKey || event.metaKey || event.altKey || event.key === 'Escape' ||
      (event.key === 'Enter' && event.shiftKey);
    event.target.toggleAttribute('data-lm-suppress-shortcuts', !command);
    if (event.key === 'Escape') event.target.closest('.jp-Cell')?.focus();
  }, true);

  // Names that screen readers read aloud: of a slider, and of the answers of a question.
  const set = (node, name, value) => {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  };
  const nameAll = () => {
    for (const node of document.querySelectorAll('.course-panel [title="null"]')) {
      node.removeAttribute('title');  // ipywidgets writes it where there is no tooltip
    }
    for (const handle of document.querySelectorAll('.course-panel .noUi-handle')) {
      const row = handle.closest('.widget-slider, .widget-inline-hbox');
      const text = part => row?.querySelector(part)?.textContent ?? '';
      set(handle, 'aria-label', text('.widget-label') || 'value');
      set(handle, 'aria-valuetext', text('.widget-readout'));
    }
    for (const question of document.querySelectorAll('.course-panel .course-question')) {
      set(question, 'role', 'group');
      set(question, 'aria-label', question.querySelector('.widget-html')?.textContent ?? '');
      set(question, 'lang', question.querySelector('[lang]')?.lang ?? '');
    }
  };
  let planned = false;
  new MutationObserver(() => {
    if (planned) return;
    planned = true;
    setTimeout(() => { planned = false; nameAll(); }, 200);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
})();
