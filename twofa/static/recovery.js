// Copies, downloads or prints the recovery codes; nothing of it leaves the browser.
(() => {
  'use strict';
  const tools = document.getElementById('tools');
  const list = document.getElementById('codes');
  const said = tools.querySelector('[role="status"]');
  const codes = () => Array.from(list.children, (item) => item.textContent).join('\n') + '\n';

  // Pages that are not served over https have no clipboard of their own; selecting the list still works.
  const copyOldWay = () => {
    const range = document.createRange();
    range.selectNodeContents(list);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    if (!document.execCommand('copy')) throw new Error('not copied');
  };

  const actions = {
    async copy(button) {
      try {
        await navigator.clipboard.writeText(codes());
      } catch {
        copyOldWay();
      }
      const idle = button.textContent;
      if (idle === button.dataset.done) return;
      button.textContent = button.dataset.done;
      said.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = idle; said.textContent = ''; }, 7000);
    },
    download() {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([tools.dataset.title, '\n\n', codes()], { type: 'text/plain' }));
      link.download = 'recovery-codes.txt';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    },
    print() {
      window.print();
    },
  };

  tools.hidden = false;
  tools.addEventListener('click', (event) => {
    const button = event.target.closest('[data-do]');
    if (button) actions[button.dataset.do](button);
  });
})();
