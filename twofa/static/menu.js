// The account menu closes by Escape and by a press anywhere else.
(() => {
  'use strict';
  const menu = document.querySelector('.account');
  const close = () => { menu.open = false; };
  document.addEventListener('click', (event) => { if (!menu.contains(event.target)) close(); });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    close();
    menu.querySelector('summary').focus();
  });
})();
