// Opens the dashboard in a browser and tells what it shows, as JSON on standard output.
// ../dashboard_test.py starts it and judges.
//
//   node dashboard_browser.js <page's address> <view> <browser> [<Chromium's options>...]
'use strict';

const { chromium } = require('playwright-core');

const [address, view, executablePath, ...args] = process.argv.slice(2);
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

// Elements that a keyboard must reach, by what they are called.
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
  // The second answer, so that intervals are shown too.
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

  // Parts of the answer that the server need not have, and a server that does not answer.
  async features(browser) {
    const { page, seen } = await opened(browser, { viewport: DESKTOP });
    let change = (answer) => { delete answer.hot_keys; delete answer.miss_ratio_curve; };
    await page.route('**/stats.json', async (route) => {
      if (change === null) return route.abort();
      const response = await route.fetch();
      const json = await response.json();
      change(json);
      return route.fulfill({ response, json });
    });
    await live(page);
    const without = await shown(page);
    change = (answer) => {
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
    change = null;
    await page.waitForFunction(() => document.body.dataset.state === 'failed');
    return { ...seen, complaints, without, with: withThem, curve, rows, rates, images,
      silent: await shown(page) };
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
