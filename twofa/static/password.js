// Lets a person look at the password they typed, and hides it again before it is sent.
(() => {
  'use strict';
  document.querySelectorAll('[data-reveal]').forEach((button) => {
    const field = document.getElementById(button.dataset.reveal);
    const show = (yes) => {
      field.type = yes ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(yes));
    };
    button.hidden = false;
    button.addEventListener('click', () => show(field.type === 'password'));
    // A browser keeps what it saw in text fields; a password must not be among it.
    field.form.addEventListener('submit', () => show(false));
  });
})();
