// One press is enough: the pressed button says what it does and takes no second press.
// Focus goes to the summary of errors, or else to the first field with one.
// A cookie tells the server the time zone, in which it then writes times.
(() => {
  'use strict';
  let mend = document.querySelector('.summary') || document.querySelector('[aria-invalid="true"]');
  if (mend && mend.disabled) { // nothing can be typed, but what stands beside it is to be read
    mend = document.getElementById(`${mend.id}-error`);
    mend.tabIndex = -1;
  }
  if (mend && !mend.autofocus) mend.focus();
  const code = document.querySelector('#code[aria-invalid]');
  if (code) code.select(); // typing replaces the wrong code

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  if (zone) document.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;

  const words = (button) => button.querySelector('[data-ready]') || button;
  const rest = (button) => {
    button.disabled = false;
    words(button).textContent = button.dataset.idle;
    delete button.dataset.idle;
  };
  const restAll = () => document.querySelectorAll('[data-idle]').forEach(rest);

  // The browser's own checks come before this event, so a field that it sends back to never locks the button.
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
