/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report's page. The data are what altview's commands print as JSON; "ranges" of a view are rows
 * of [first gfn, pages, access, what the hardware allows, #VE, gfn that is shown or null].
 * The part of memory that is shown, the search and the two views are in the address, after "#".
 */
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const PAGE = 4096;
const MOST_ROWS = 200; /* at first, and for each "Show more rows" */
const STRIP_HEIGHT = 34;
const byId = (id) => document.getElementById(id);
const number = (text) => Number(text);
const hex = (value) => '0x' + value.toString(16);
const views = data.views;
const memory = data.memory.ranges.map((r) => [number(r.gfn), r.pages, r.type]);
const end = memory.reduce((most, [first, pages]) => Math.max(most, first + pages), 1);

/* Colours that the colour-blind tell apart (Okabe and Ito), and a pattern that says the same. */
const LOOKS = {
    n: ['#5b2a86', 'solid'], r: ['#0072b2', 'down'], rx: ['#009e73', 'up'], rw: ['#e69f00', 'cross'],
    x: ['#cc79a7', 'dots'], w: ['#d55e00', 'dots'], wx: ['#d55e00', 'up'], rwx: [null, 'plain'],
    rx2rw: ['#56b4e9', 'up'], n2rwx: ['#f0e442', 'down'],
};

function element(name, text, attributes) {
    const made = document.createElement(name);
    if (text !== undefined && text !== null) {
        made.textContent = text;
    }
    for (const [key, value] of Object.entries(attributes || {})) {
        made.setAttribute(key, value);
    }
    return made;
}

function shown(value) {
    if (value === null || value === undefined || (Array.isArray(value) && !value.length)) {
        return '-';
    }
    return value === true ? 'yes' : value === false ? 'no' :
        Array.isArray(value) ? value.join(', ') : String(value);
}

function fill(table, caption, columns, rows) {
    const head = element('thead'), body = element('tbody'), line = element('tr');
    columns.forEach((column) => line.append(element('th', column, {scope: 'col'})));
    head.append(line);
    rows.forEach((row) => {
        const tr = element('tr');
        row.forEach((cell) => tr.append(element('td', shown(cell))));
        body.append(tr);
    });
    table.replaceChildren(element('caption', caption), head, body);
}

const nameOf = (view) => view.name ? `${view.view} ${view.name}` : `view ${view.view}`;

/* State: the window of gfns, what is searched, the two views that are compared. */
const state = {low: 0, high: end, search: '', from: 0, to: Math.min(1, views.length - 1), rows: MOST_ROWS};

function readAddress() {
    const fields = new URLSearchParams(location.hash.slice(1));
    const place = /^(0x[0-9a-f]+)(?:-(0x[0-9a-f]+))?$/i.exec(fields.get('place') || '');
    state.low = 0;
    state.high = end;
    if (place) {
        setWindow(Math.floor(number(place[1]) / PAGE),
            Math.floor(number(place[2] || place[1]) / PAGE) + 1);
    }
    state.search = fields.get('search') || '';
    for (const key of ['from', 'to']) {
        const at = views.findIndex((view) => String(view.view) === fields.get(key));
        state[key] = at >= 0 ? at : state[key];
    }
    const theme = fields.get('theme');
    if (theme === 'dark' || theme === 'light') {
        document.documentElement.dataset.theme = theme;
    }
}

function writeAddress() {
    const fields = new URLSearchParams();
    if (state.low > 0 || state.high < end) {
        fields.set('place', hex(state.low * PAGE) + '-' + hex(state.high * PAGE - 1));
    }
    if (state.search) {
        fields.set('search', state.search);
    }
    if (views.length > 1) {
        fields.set('from', views[state.from].view);
        fields.set('to', views[state.to].view);
    }
    if (document.documentElement.dataset.theme) {
        fields.set('theme', document.documentElement.dataset.theme);
    }
    try {
        history.replaceState(null, '', '#' + fields);
    } catch (error) {
        console.info(error); /* some browsers refuse many changes in a short time */
    }
}

/* No smaller than a page, no larger than memory. */
function setWindow(low, high) {
    const size = Math.min(end, Math.max(1, Math.round(high - low)));
    state.low = Math.min(Math.max(0, Math.round(low)), end - size);
    state.high = state.low + size;
}

const MOVES = {
    in: (low, high, middle) => [middle - (high - low) / 4, middle + (high - low) / 4],
    out: (low, high, middle) => [middle - (high - low), middle + (high - low)],
    left: (low, high) => [low - (high - low) / 4, high - (high - low) / 4],
    right: (low, high) => [low + (high - low) / 4, high + (high - low) / 4],
    all: () => [0, end],
};

function move(how) {
    setWindow(...MOVES[how](state.low, state.high, (state.low + state.high) / 2));
    update();
}

/* The one of ascending rows [first gfn, pages, ...] that holds a gfn, by halves, or null. */
function rowAt(rows, gfn) {
    let low = 0, high = rows.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        const [first, pages] = rows[middle];
        if (gfn < first) {
            high = middle;
        } else if (gfn >= first + pages) {
            low = middle + 1;
        } else {
            return rows[middle];
        }
    }
    return null;
}

/* The gfn that a range of remaps shows at a gfn of its own: further ones count up. */
const shownAt = (range, gfn) => hex(range[5] + gfn - range[0]);

function describe(view, gfn) {
    const range = rowAt(view.ranges, gfn), map = rowAt(memory, gfn);
    const where = `${nameOf(view)}, ${hex(gfn * PAGE)}`;
    if (!range) {
        return `${where}: ` + (map ? `${map[2]}, ${view.access} as the whole view` : 'no memory');
    }
    const remap = range[5] === null ? '' : `, shows gfn ${shownAt(range, gfn)}`;
    return `${where}: ${range[2]}` + (range[3] === range[2] ? '' : ` (the hardware allows ${range[3]})`) +
        `, #VE ${range[4] ? 'on' : 'off'}${remap}`;
}

const patterns = new Map();

function pattern(context, access) {
    const [colour, kind] = LOOKS[access] || ['#999999', 'cross'];
    const style = getComputedStyle(document.documentElement);
    const base = colour || style.getPropertyValue('--rwx').trim();
    const key = base + kind;
    if (!patterns.has(key)) {
        const tile = element('canvas'), t = tile.getContext('2d');
        tile.width = tile.height = 8;
        t.fillStyle = base;
        t.fillRect(0, 0, 8, 8);
        t.strokeStyle = t.fillStyle = 'rgba(255, 255, 255, .75)';
        t.beginPath();
        if (kind === 'down' || kind === 'cross') {
            t.moveTo(0, 0); t.lineTo(8, 8);
        }
        if (kind === 'up' || kind === 'cross') {
            t.moveTo(0, 8); t.lineTo(8, 0);
        }
        t.stroke();
        if (kind === 'dots') {
            t.fillRect(2, 2, 3, 3);
        }
        patterns.set(key, tile);
    }
    return context.createPattern(patterns.get(key), 'repeat');
}

const scale = (canvas, gfn) => (gfn - state.low) / (state.high - state.low) * canvas.width;

/* A piece of a strip, at least a pixel wide so that it is seen. */
function paint(canvas, context, first, pages, top, height) {
    const left = scale(canvas, first), right = scale(canvas, first + pages);
    if (right < 0 || left > canvas.width) {
        return;
    }
    context.fillRect(left, top, Math.max(1, right - left), height);
}

function drawStrip(canvas, view) {
    const context = canvas.getContext('2d'), style = getComputedStyle(document.documentElement);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, canvas.clientWidth * ratio);
    canvas.height = STRIP_HEIGHT * ratio;
    context.fillStyle = style.getPropertyValue('--hole').trim();
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const [first, pages, type] of memory) {
        context.fillStyle = type === 'ram' ? pattern(context, view.access) :
            style.getPropertyValue('--device').trim();
        paint(canvas, context, first, pages, 0, canvas.height);
    }
    for (const [first, pages, access, , , target] of view.ranges) {
        context.fillStyle = pattern(context, access === 'default' ? view.access : access);
        paint(canvas, context, first, pages, 0, canvas.height);
        if (target !== null) {
            context.fillStyle = style.getPropertyValue('--ink').trim();
            paint(canvas, context, first, pages, canvas.height * .72, canvas.height * .28);
        }
    }
}

function inWindow(view) {
    return view.ranges.filter(([first, pages]) => first < state.high && first + pages > state.low);
}

function drawStrips() {
    byId('window').textContent = `${hex(state.low * PAGE)} to ${hex(state.high * PAGE - 1)}, ` +
        `${state.high - state.low} pages`;
    document.querySelectorAll('#strips canvas').forEach((canvas, i) => {
        const count = inWindow(views[i]).length;
        drawStrip(canvas, views[i]);
        canvas.setAttribute('aria-label',
            `${nameOf(views[i])}: ${views[i].access}, ${count} ranges that differ in this part`);
        canvas.dataset.ranges = count;
    });
}

const KEYS = {'+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'left', ArrowRight: 'right', 0: 'all'};

function makeStrip(view) {
    const line = element('div', null, {class: 'strip'});
    const canvas = element('canvas', null, {tabindex: 0, role: 'img', 'data-view': view.view});
    const at = (event) => {
        const box = canvas.getBoundingClientRect();
        const part = (event.clientX - box.left) / box.width;
        return Math.min(state.high - 1, Math.floor(state.low + part * (state.high - state.low)));
    };
    const tell = (gfn) => {
        byId('pointed').textContent = describe(view, gfn);
    };
    canvas.addEventListener('pointermove', (event) => tell(at(event)));
    canvas.addEventListener('dblclick', (event) => {
        const gfn = at(event), quarter = (state.high - state.low) / 8;
        setWindow(gfn - quarter, gfn + quarter);
        update();
    });
    canvas.addEventListener('keydown', (event) => {
        if (KEYS[event.key]) {
            event.preventDefault();
            move(KEYS[event.key]);
        } else if (event.key === 'Enter') {
            tell(Math.floor((state.low + state.high) / 2));
        }
    });
    line.append(element('span', nameOf(view), {title: nameOf(view)}), canvas);
    return line;
}

function makeLegend() {
    const present = new Set(views.map((view) => view.access));
    views.forEach((view) => view.ranges.forEach((range) => present.add(range[2])));
    present.delete('default');
    byId('legend').replaceChildren(...[...present].map((access) => {
        const item = element('li'), canvas = element('canvas', null, {'aria-hidden': 'true'});
        const context = canvas.getContext('2d');
        canvas.width = 38;
        canvas.height = 16;
        context.fillStyle = pattern(context, access);
        context.fillRect(0, 0, canvas.width, canvas.height);
        item.append(canvas, ' ' + (access === 'n' ? 'n: no access' : access));
        return item;
    }), element('li', 'a bar below: another page is shown there'));
}

const RANGE_COLUMNS = ['view', 'from', 'to', 'pages', 'access', 'hardware', '#VE', 'shows gfn'];
const allRows = views.flatMap((view) => view.ranges.map(([first, pages, access, hardware, ve, target]) => [
    nameOf(view), hex(first * PAGE), hex((first + pages) * PAGE - 1), pages, access, hardware, ve,
    target === null ? null : hex(target),
]));

/* A search for an address finds the range that holds it. */
function matches(row, words) {
    return words.every((word) => {
        const address = /^0x[0-9a-f]+$/.test(word) ? number(word) : null;
        return row.some((cell) => shown(cell).toLowerCase().includes(word)) ||
            (address !== null && address >= number(row[1]) && address <= number(row[2]));
    });
}

function listRanges() {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? allRows.filter((row) => matches(row, words)) : allRows;
    fill(byId('ranges'), 'What the views set', RANGE_COLUMNS, found.slice(0, state.rows));
    byId('found').textContent = `${found.length} of ${allRows.length} ranges`;
    byId('more').hidden = found.length <= state.rows;
}

const effective = (view, gfn) => {
    const range = rowAt(view.ranges, gfn);
    return range ? range[2] + (range[4] ? ', #VE' : '') +
        (range[5] === null ? '' : ', shows ' + shownAt(range, gfn)) : view.access;
};

function addDifference(rows, first, after, one, other) {
    const last = rows[rows.length - 1];
    if (last && last[1] === first && last[2] === one && last[3] === other) {
        last[1] = after;
    } else {
        rows.push([first, after, one, other]);
    }
}

/* Between two edges of ranges nothing changes: compare the first gfn of each such part. */
function differences(a, b) {
    const edges = new Set();
    for (const [first, pages] of [...a.ranges, ...b.ranges]) {
        edges.add(first).add(first + pages);
    }
    memory.forEach(([first, pages]) => edges.add(first).add(first + pages));
    const sorted = [...edges].sort((x, y) => x - y), rows = [];
    for (let i = 0; i + 1 < sorted.length; i++) {
        const gfn = sorted[i], one = effective(a, gfn), other = effective(b, gfn);
        if (one !== other && rowAt(memory, gfn)) {
            addDifference(rows, gfn, sorted[i + 1], one, other);
        }
    }
    return rows.map(([first, after, ...both]) =>
        [hex(first * PAGE), hex(after * PAGE - 1), after - first, ...both]);
}

function compare() {
    if (!views.length) {
        return;
    }
    const a = views[state.from], b = views[state.to], rows = differences(a, b);
    byId('from').value = state.from;
    byId('to').value = state.to;
    byId('differences').textContent = `${rows.length} ranges differ`;
    fill(byId('difference'), `${nameOf(a)} and ${nameOf(b)}`,
        ['from', 'to', 'pages', nameOf(a), nameOf(b)], rows.slice(0, MOST_ROWS));
}

function isVisible(view, vcpu) {
    return Array.isArray(view.visible) ? view.visible.includes(vcpu.vcpu) : view.visible;
}

function listViews() {
    const vcpus = data.vcpus;
    fill(byId('views'), 'Views', ['view', 'name', 'access', 'policy', 'overrides', 'remaps',
        'table pages', 'violations', ...vcpus.map((vcpu) => `vCPU ${vcpu.vcpu}`)],
    views.map((view) => [view.view, view.name, view.access, view.policy, view.overrides, view.remaps,
        view.table_pages, view.violations, ...vcpus.map((vcpu) =>
            (vcpu.view === view.view ? 'is here' : '') +
            (isVisible(view, vcpu) ? '' : vcpu.view === view.view ? ', hidden' : 'hidden') ||
            'visible')]));
}

function flat(value, name) {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        return Object.entries(value).flatMap(([key, member]) =>
            flat(member, (name ? name + ' ' : '') + key.replaceAll('_', ' ')));
    }
    return Array.isArray(value) ? [] : [[name, value]];
}

function listStatistics() {
    fill(byId('exits'), 'VM exits', ['vCPU', 'reason', 'count'],
        (data.stat.exits || []).map((exit) => [exit.vcpu, exit.name, exit.count]));
    fill(byId('statistics'), 'Domain', ['what', 'value'], flat(data.stat, ''));
}

/* Events lie by the guest's time stamp counter, each on its vCPU's line. */
function drawTimeline() {
    const events = data.events, canvas = byId('timeline');
    byId('events-section').hidden = !events.length;
    if (!events.length) {
        return;
    }
    const style = getComputedStyle(document.documentElement), context = canvas.getContext('2d');
    const times = events.map((event) => number(event.registers.tsc));
    const first = times.reduce((a, b) => Math.min(a, b)), last = times.reduce((a, b) => Math.max(a, b));
    const lines = events.reduce((most, event) => Math.max(most, event.vcpu + 1), 1);
    canvas.width = Math.max(1, canvas.clientWidth);
    canvas.height = 30 * lines;
    context.fillStyle = style.getPropertyValue('--ink').trim();
    events.forEach((event, i) => {
        const x = (times[i] - first) / Math.max(1, last - first) * (canvas.width - 4);
        context.fillRect(x, event.vcpu * 30 + 4, 3, 22);
    });
    canvas.setAttribute('aria-label', `${events.length} events on ${lines} vCPUs; the table has them`);
}

function listEvents() {
    fill(byId('events'), `${data.events.length} events; the table has the last ${MOST_ROWS} at most`,
        ['event', 'type', 'vCPU', 'view', 'address', 'wants', 'outcome', 'at', 'instruction'],
        data.events.slice(-MOST_ROWS).map((event) => [event.event, event.type, event.vcpu, event.view,
            event.address, event.wants, event.outcome, event.rip_symbol || event.rip,
            event.instruction]));
}

function update() {
    drawStrips();
    writeAddress();
}

/* What the address says. */
function show() {
    byId('search').value = state.search;
    listRanges();
    compare();
    update();
}

function redraw() {
    patterns.clear();
    makeLegend();
    drawStrips();
    drawTimeline();
}

function changeTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' :
        matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    writeAddress();
    redraw();
}

function goTo(text) {
    const place = /^(0x[0-9a-f]+)(?:-(0x[0-9a-f]+))?$/i.exec(text.trim());
    byId('place').setAttribute('aria-invalid', String(!place));
    if (place) {
        setWindow(Math.floor(number(place[1]) / PAGE),
            Math.floor(number(place[2] || place[1]) / PAGE) + 1);
        update();
    }
}

function listen() {
    document.querySelectorAll('[data-move]').forEach((button) =>
        button.addEventListener('click', () => move(button.dataset.move)));
    byId('place').addEventListener('change', (event) => goTo(event.target.value));
    byId('search').addEventListener('input', (event) => {
        state.search = event.target.value;
        state.rows = MOST_ROWS;
        writeAddress();
        listRanges();
    });
    byId('more').addEventListener('click', () => {
        state.rows += MOST_ROWS;
        listRanges();
    });
    for (const key of ['from', 'to']) {
        byId(key).append(...views.map((view, i) => element('option', nameOf(view), {value: i})));
        byId(key).addEventListener('change', (event) => {
            state[key] = number(event.target.value);
            compare();
            writeAddress();
        });
    }
    byId('theme').addEventListener('click', changeTheme);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    window.addEventListener('resize', redraw);
    window.addEventListener('hashchange', () => {
        readAddress();
        show();
        redraw();
    });
}

function start() {
    byId('summary').textContent = `${data.stat.software}, domain ${data.stat.domain}, mode ` +
        `${data.stat.mode}, altp2m ${data.stat.altp2m ? 'on' : 'off'}; made ${data.made}`;
    byId('strips').append(...views.map(makeStrip));
    readAddress();
    listen();
    listViews();
    listStatistics();
    listEvents();
    makeLegend();
    show();
    drawTimeline();
}

start();
