// Opens the dashboard in a browser and prints its contents as JSON on standard output.
// ../dashboard_test.py starts it and checks the output.
//
//   node dashboard_browser.js <page's address> <view> <browser> [<Chromium's options>...]
'use strict';

const { chromium } = require('playwright-core');

const [address, view, executablePath, ...args] = process.argv.slice(2);
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const WIDTHS = [360, 820, 1600];

// Elements that must be reachable by keyboard, by their names.
const CONTROLS = () => {
  const wanted = 'a[href], button, select, input, [tabindex="0"]';
  return [...document.querySelectorAll(wanted)].filter((each) => each.checkVisibility());
};

async function opened(browser, options) {
  const page = await browser.newPage(options);
  const seen = { complaints: [], requests: [] };
  page.on('console', (message) => seen.complaints.push(message.text()));
  page.on('pageerror', (error) => seen.complaints.push(String(error)));
  page.on('request', (request) => seen.requests.push(request.url()));
  return { page, seen };
}

async function live(page) {
  await page.goto(address);
  // The second reply, so that intervals are shown too.
  await page.waitForFunction(() => document.getElementById('status').textContent === 'Live');
  await page.waitForResponse('**/stats.json');
  await page.waitForTimeout(300);
}

// Every exact number on the page by its id, and the latencies by command.
function shown(page) {
  return page.evaluate(() => ({
    figures: Object.fromEntries(
      [...document.querySelectorAll('data[id]')].map((each) => [each.id, each.value])),
    words: Object.fromEntries(
      [...document.querySelectorAll('data[id]')].map((each) => [each.id, each.textContent])),
    latencies: Object.fromEntries(
      [...document.querySelectorAll('#latency-rows tr')].map((row) => [
        row.cells[0].textContent,
        [...row.querySelectorAll('data')].map((each) => each.value)])),
    status: document.getElementById('status').textContent,
    title: document.title,
    facts: document.getElementById('facts').textContent,
    bad: [...document.querySelectorAll('.bad')].map((each) => each.id),
    width: document.documentElement.scrollWidth,
    ground: getComputedStyle(document.body).backgroundColor,
    theme: document.documentElement.dataset.theme,
    keys: [...document.querySelectorAll('#keys-rows tr')].map((row) => row.cells[0].textContent),
    text: document.body.innerText,
  }));
}

// Rows of each chart's table, by the id of its card.
async function tables(page) {
  for (const button of await page.locator('main .switch:visible').all()) await button.click();
  return page.evaluate(() => Object.fromEntries(
    [...document.querySelectorAll('main .body .scrolls')].map((region) => [
      region.closest('section').id,
      [...region.querySelectorAll('tbody tr')].map((row) =>
        [...row.cells].map((cell) => cell.textContent))])));
}

// Passes each reply of the server through `change`; sends none while that is null.
async function changed(page, change) {
  const route = { change };
  await page.route('**/stats.json', async (asked) => {
    if (route.change === null) return asked.abort();
    const response = await asked.fetch();
    const json = await response.json();
    route.change(json);
    return asked.fulfill({ response, json });
  });
  return route;
}

// For each row of cards, the width in pixels that is neither a card nor a gap.
function holes(page) {
  return page.evaluate(() => {
    const main = document.querySelector('main').getBoundingClientRect();
    const gap = parseFloat(getComputedStyle(document.querySelector('main')).columnGap);
    const rows = new Map();
    for (const each of document.querySelectorAll('main > section')) {
      const { top, width } = each.getBoundingClientRect();
      rows.set(Math.round(top), [...rows.get(Math.round(top)) ?? [], width]);
    }
    return [...rows.values()].map((widths) => Math.round(main.width -
      widths.reduce((sum, each) => sum + each, 0) - gap * (widths.length - 1)));
  });
}

// The position of each series in the operations chart: the leftmost pixel and the mean height, as
// fractions of the drawing.
function drawnOperations(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector('#operations canvas');
    const { data, width, height } = canvas.getContext('2d').getImageData(
      0, 0, canvas.width, canvas.height);
    const style = getComputedStyle(document.documentElement);
    return ['series-1', 'series-3', 'series-5'].map((name) => {
      const hex = style.getPropertyValue(`--${name}`).trim();
      const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
      let [count, left, sum] = [0, width, 0];
      for (let pixel = 0; pixel < width * height; ++pixel) {
        const isIt = data[4 * pixel + 3] > 200 &&
          wanted.every((each, i) => Math.abs(data[4 * pixel + i] - each) < 12);
        if (!isIt) continue;
        ++count;
        left = Math.min(left, pixel % width);
        sum += Math.floor(pixel / width);
      }
      return { count, left: left / width, height: 1 - sum / count / height };
    });
  });
}

const VIEWS = {
  async desktop(browser) {
    const { page, seen } = await opened(browser, { viewport: DESKTOP, colorScheme: 'light' });
    await live(page);
    const interval = await shown(page);
    await page.selectOption('#over', 'start');
    const whole = await shown(page);
    const drawings = await page.evaluate(() =>
      [...document.querySelectorAll('.drawing')].filter((each) => each.checkVisibility())
        .map((each) => [each.querySelectorAll('canvas').length, each.getAttribute('aria-label')]));
    return { ...seen, interval, whole, drawings, tables: await tables(page) };
  },

  async themes(browser) {
    const { page, seen } = await opened(browser, { viewport: DESKTOP, colorScheme: 'dark' });
    await live(page);
    const looks = [await shown(page)];
    for (let i = 0; i < 3; ++i) {
      await page.click('#theme');
      looks.push(await shown(page));
    }
    await page.click('#theme');
    await page.reload();
    return { ...seen, looks, remembered: await shown(page) };
  },

  async phone(browser) {
    const { page, seen } = await opened(browser, { viewport: PHONE, colorScheme: 'dark' });
    await live(page);
    const drawn = await shown(page);
    await tables(page);
    return { ...seen, drawn, tabled: await shown(page) };
  },

  async keyboard(browser) {
    const { page, seen } = await opened(browser, { viewport: DESKTOP });
    await live(page);
    const controls = await page.evaluate(`window.controls = (${CONTROLS})(); controls.length`);
    const reached = [];
    for (let i = 0; i < controls; ++i) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate('controls.indexOf(document.activeElement)'));
    }
    const unnamed = await page.evaluate(() => window.controls.filter((each) => !(
      each.textContent.trim() || each.labels?.length || each.getAttribute('aria-label')))
      .map((each) => each.outerHTML));
    const landmarks = await page.evaluate(() => ['header', 'main', 'footer', 'h1']
      .map((name) => document.querySelectorAll(`body > ${name}, header ${name}`).length));
    await page.focus('#pause');
    await page.keyboard.press('Enter');
    const paused = await shown(page);
    return { ...seen, controls, reached, unnamed, landmarks, paused };
  },

  // Replies without the optional parts, and a server that does not reply.
  async features(browser) {
    const { page, seen } = await opened(browser, { viewport: DESKTOP });
    const route = await changed(page, (answer) => {
      delete answer.hot_keys;
      delete answer.miss_ratio_curve;
    });
    await live(page);
    const without = await shown(page);
    route.change = (answer) => {
      answer.hot_keys = { enabled: true, keys: [
        { key: '<img src=x onerror=alert(1)>', requests_per_second: 12.34 },
        { key: 'user%3A%00%25', requests_per_second: 2 }] };
      answer.miss_ratio_curve = { enabled: true, points: [0.5, 1, 2].map((factor) => ({
        memory_factor: factor, memory_bytes: factor * 8388608, hit_ratio: 0.5 + factor / 8 })) };
    };
    await page.waitForSelector('#keys-rows tr');
    await page.waitForSelector('#curve canvas');
    const curve = await page.textContent('#curve-words');
    const rates = await page.locator('#keys-rows data').evaluateAll((all) =>
      all.map((each) => each.textContent));
    const withThem = await shown(page);
    const rows = (await tables(page)).curve;
    const images = await page.locator('img').count();
    const complaints = [...seen.complaints];
    route.change = null;
    await page.waitForFunction(() => document.body.dataset.state === 'failed');
    return { ...seen, complaints, without, with: withThem, curve, rows, rates, images,
      silent: await shown(page) };
  },

  async widths(browser) {
    const all = { complaints: [], requests: [], looks: [] };
    for (const width of WIDTHS) {
      for (const colorScheme of ['light', 'dark']) {
        const { page, seen } = await opened(browser, { viewport: { width, height: 900 }, colorScheme });
        await live(page);
        const { width: needed } = await shown(page);
        all.looks.push({ width, colorScheme, needed, holes: await holes(page) });
        all.complaints.push(...seen.complaints);
        all.requests.push(...seen.requests);
        await page.close();
      }
    }
    return all;
  },

  // Very many gets and a few deletes, by a server with increasing problems.
  async troubles(browser) {
    const { page, seen } = await opened(browser, { viewport: DESKTOP, colorScheme: 'light' });
    let asked = 0;
    await changed(page, (answer) => {
      ++asked;
      answer.stats.cmd_get += 200000 * asked;
      answer.stats.delete_hits += 6 * asked;
      answer.stats.rejected_connections = 10 + 3 * asked;
      answer.stats.auth_errors = 2 * asked;
      answer.stats.store_no_memory = asked;
      Object.assign(answer.larder, { cluster_name: 'shop', cluster_nodes: 3, etcd_up: 'no' });
      Object.assign(answer.process, { node: 'cache-7.example:11211', is_draining: true });
    });
    await page.goto(address);
    await page.waitForFunction(() => document.querySelectorAll('#operations canvas').length > 0);
    for (let i = 0; i < 3; ++i) await page.waitForResponse('**/stats.json');
    await page.waitForTimeout(300);
    return { ...seen, now: await shown(page), drawn: await drawnOperations(page) };
  },
};

(async () => {
  const browser = await chromium.launch({ executablePath, args, timeout: 30000 });
  try {
    process.stdout.write(JSON.stringify(await VIEWS[view](browser)));
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
