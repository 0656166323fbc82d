// Puts the country before the phone number and shows it as "US +1", groups the digits as they are
// entered, and has a number's own country code choose the country. /phone-numbers.js has the data.
(() => {
  'use strict';
  const field = document.getElementById('phone');
  const select = document.getElementById('country');
  if (!field || !select) return; // the page asks which of two numbers is meant

  const shapes = Object.entries(phoneNumbers).map(([region, text]) => {
    const [code, groups, trunk, trunkGroups, leading] = text.split(',');
    return { region, code, groups, trunk, trunkGroups, leading: leading && new RegExp(`^(?:${leading})`) };
  });
  const chosen = () => shapes.find((shape) => shape.region === select.value);

  // The picker: a short text, and the select above it, which nobody sees but everybody uses.
  const short = document.createElement('span');
  const picker = document.createElement('div');
  const label = document.querySelector('label[for="country"]');
  const block = select.parentNode;
  const show = () => {
    const shape = chosen();
    short.textContent = shape ? `${shape.region} +${shape.code}` : select.dataset.none;
  };
  short.setAttribute('aria-hidden', 'true');
  picker.className = 'picker';
  label.className = 'unseen';
  label.querySelector('.optional').remove();
  picker.append(label, short, select);
  field.before(picker);
  block.hidden = !block.querySelector('.error');

  let whole = ''; // the calling code of the number that is in the field without it
  let last = '';
  const kept = (text) => text.replace(/[^\d+]/g, '');

  // Returns a text's digits, with the prefix, code and country of an international number; null for
  // what is left as it is: letters, an extension, an area code in parentheses.
  const read = (raw, isWhole) => {
    let text = raw.normalize('NFKC').replace(/\p{Cf}/gu, '').replace(/^\s*tel:/i, '').trim();
    const abroad = /^\(?(\+|0011|00(?=[1-9])|011(?=[1-9]))/.exec(kept(text));
    const prefix = abroad && (abroad[1] !== '011' || (isWhole && chosen()?.code === '1')) ? abroad[1] : '';
    if (prefix) text = text.replace(/\(\s*0\s*\)/, '');
    if (!/^[\d\s.\/()\p{Pd}+]*$/u.test(text) || (text[0] === '(' && !prefix)) return null;
    const digits = kept(text).slice(prefix.length);
    if (/\D/.test(digits)) return null;
    if (!prefix) return { prefix, digits };
    const same = [1, 2, 3].map((length) => shapes.filter((shape) => shape.code === digits.slice(0, length)))
      .find((found) => found.length) || [];
    const code = same.length ? same[0].code : '';
    const rest = digits.slice(code.length);
    const shape = same.find((one) => one.leading && one.leading.test(rest))
      || same.find((one) => one === chosen() && !one.leading) || same.find((one) => !one.leading);
    return { prefix, digits: rest, code, shape };
  };

  const grouped = (digits, shape) => {
    if (!shape) return digits;
    const { groups, trunk, trunkGroups } = shape;
    const begins = trunk && digits.startsWith(trunk);
    const sizes = Array.from(begins && trunkGroups ? trunkGroups : groups, Number);
    if (begins && !trunkGroups) sizes[0] += trunk.length;
    sizes[sizes.length - 1] = digits.length;
    let at = 0;
    return sizes.map((size) => digits.slice(at, at += size)).filter(Boolean).join(' ');
  };

  // Places the caret behind as many digits as were before it.
  const write = (text, before) => {
    if (field.value !== text) {
      field.value = text;
      if (document.activeElement === field) {
        let at = 0;
        for (let left = before; left > 0 && at < text.length; at += 1) if (/[\d+]/.test(text[at])) left -= 1;
        field.setSelectionRange(at, at);
      }
    }
    last = text;
  };

  // A code that is being entered stays in the field; that of a whole number moves to the picker.
  const update = (isWhole) => {
    const text = field.value;
    const number = read(text, isWhole);
    if (!number) {
      last = text;
      return;
    }
    const { prefix, digits, code, shape } = number;
    if (prefix && (shape || digits.length > 2 || isWhole)) {
      select.value = shape ? shape.region : '';
      show();
    }
    if (!kept(text)) whole = '';
    if (prefix && !shape) {
      last = text; // no country of ours: as it was entered
    } else if (prefix && isWhole) {
      whole = code;
      write(grouped(digits, shape), Infinity);
    } else {
      const start = prefix && prefix + (prefix === '+' ? '' : ' ') + code + (digits && ' ');
      write(start + grouped(digits, shape || chosen()), kept(text.slice(0, field.selectionStart)).length);
    }
  };

  field.addEventListener('input', (event) => {
    const type = event.inputType || '';
    if (event.isComposing || type.startsWith('history')) return;
    const deletes = type.startsWith('delete');
    const text = field.value;
    const at = field.selectionStart;
    const from = type.endsWith('Forward') ? at : at - 1;
    if (deletes && from >= 0 && last === `${text.slice(0, at)} ${text.slice(at)}`) {
      // Only a space went, which would come back: take the digit beyond it.
      field.value = text.slice(0, from) + text.slice(from + 1);
      field.setSelectionRange(from, from);
    }
    update(!deletes && !(type === 'insertText' && (event.data || '').length < 2));
  });
  field.addEventListener('change', () => update(true));
  select.addEventListener('change', () => {
    const number = read(field.value);
    whole = '';
    show();
    if (number && (!number.prefix || number.code)) write(grouped(number.digits, chosen()), Infinity);
  });
  // The server is told the code of a number that came with one: its digits alone may be ambiguous.
  field.form.addEventListener('formdata', (event) => {
    const number = whole && read(field.value);
    if (number && !number.prefix && number.digits) event.formData.set('phone', `+${whole} ${field.value}`);
  });
  const begin = () => {
    show();
    update(true);
  };
  begin();
  window.addEventListener('pageshow', begin); // going back, the browser fills in what was there
})();
