// A form that breaks a rule of shape isn't sent: what was typed stays, and the server's own sentence stands beside it.
// One press is enough: the pressed button says what it does and takes no second press.
// Focus goes to the summary of errors, or else to the first field with one.
// A cookie tells the server the time zone, in which it then writes times.
(() => {
  'use strict';
  const { summary } = document.currentScript.dataset;
  let fix = document.querySelector('.summary') || document.querySelector('[aria-invalid="true"]');
  if (fix && fix.disabled) { // nothing can be typed, but what stands beside it is to be read
    fix = document.getElementById(`${fix.id}-error`);
    fix.tabIndex = -1;
  }
  if (fix && !fix.autofocus) fix.focus();
  const code = document.querySelector('#code[aria-invalid]');
  if (code) code.select(); // typing replaces the wrong code

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  if (zone) document.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;

  const make = (tag, content, attributes = {}) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...content);
    return element;
  };

  const fault = ({ dataset, validity, value, willValidate }) => {
    if (!willValidate) return undefined;
    if (validity.valueMissing || ('empty' in dataset && !value.trim())) return dataset.empty;
    if (validity.patternMismatch) return dataset.shape;
    return [...value].length > dataset.most ? dataset.long : undefined;
  };

  const shown = new Map(); // field -> its sentence, of those that were found here
  const describe = (field, found) => {
    const id = `${field.name}-error`;
    const by = (field.getAttribute('aria-describedby') || '').split(' ').filter((one) => one && one !== id);
    document.getElementById(id)?.remove();
    if (found) {
      by.push(id);
      field.closest('.field, fieldset').append(make('div', [make('p', [found])], { class: 'error', id }));
      field.setAttribute('aria-invalid', 'true');
      shown.set(field, found);
    } else {
      field.removeAttribute('aria-invalid');
      shown.delete(field);
    }
    if (by.length) field.setAttribute('aria-describedby', by.join(' '));
    else field.removeAttribute('aria-describedby');
  };

  const summarise = (form) => {
    document.querySelector('.summary')?.remove();
    if (shown.size < 2) return;
    const links = Array.from(shown, ([field, found]) => make('li', [make('a', [found], { href: `#${field.id}` })]));
    const heading = make('p', [make('b', [summary])]);
    form.before(make('div', [heading, make('ul', links)], { class: 'summary', role: 'alert', tabindex: -1 }));
  };

  // Comes first: no other listener takes the form as sent.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    const wrong = Array.from(form.elements).filter(fault);
    if (!wrong.length) return;
    event.preventDefault();
    event.stopPropagation();
    form.querySelectorAll('[aria-invalid]').forEach((field) => describe(field));
    shown.forEach((_, field) => describe(field)); // of another form
    wrong.forEach((field) => describe(field, fault(field)));
    summarise(form);
    const first = document.querySelector('.summary') || wrong[0];
    // Where the focus stays, nothing else would be read aloud.
    if (first === document.activeElement) document.getElementById(`${first.name}-error`).setAttribute('role', 'alert');
    first.focus();
  }, true);

  document.addEventListener('input', () => {
    shown.forEach((found, field) => {
      if (fault(field) === found) return;
      describe(field);
      document.querySelector(`.summary [href="#${field.id}"]`)?.parentNode.remove();
      if (!shown.size) document.querySelector('.summary')?.remove();
    });
  });

  const words = (button) => button.querySelector('[data-ready]') || button;
  const rest = (button) => {
    button.disabled = false;
    words(button).textContent = button.dataset.idle;
    delete button.dataset.idle;
  };
  const restAll = () => document.querySelectorAll('[data-idle]').forEach(rest);

  document.addEventListener('submit', (event) => {
    const button = event.target.querySelector('[data-busy]');
    if (event.defaultPrevented || !button) return;
    button.dataset.idle = words(button).textContent;
    words(button).textContent = button.dataset.busy;
    button.disabled = true;
    // A connection that died leaves the page standing: give the button back.
    setTimeout(() => { if (button.dataset.idle) rest(button); }, 15000);
  });

  // Going back shows the page as it was left, with its buttons pressed.
  window.addEventListener('pageshow', restAll);
})();
