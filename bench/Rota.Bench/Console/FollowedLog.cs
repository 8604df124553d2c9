using System.Text.Json;
using Microsoft.Playwright;

namespace Rota.Bench;

/// <summary>A log that grows by 5,000 lines a second, looked at in a real browser: does the page stand still?</summary>
/// <param name="LinesPerSecond">By how many the newest line that is shown grew.</param>
/// <param name="P99">Milliseconds between two frames.</param>
/// <param name="Worst">The same, of the worst.</param>
internal sealed record FollowedLog(double LinesPerSecond, double P99, double Worst)
{
    private const string Chromium = "/usr/bin/chromium-headless-shell";
    private const int Seconds = 15;

    // Five hundred lines, ten times a second, as a shell can say it.
    private const string Script = """
        for n in $(seq 0 399); do
          seq -f 'line %.0f of a job that says what it does' $((n * 500 + 1)) $((n * 500 + 500))
          sleep 0.095
        done
        """;

    private const string Measure = """
        seconds => new Promise(resolve => {
          const newest = () => Number(document.querySelector("#log > :last-child > span").textContent.split(" ")[1]);
          const gaps = [], first = newest(), end = performance.now() + 1000 * seconds;
          let before = performance.now();
          requestAnimationFrame(function frame(now) {
            gaps.push(now - before);
            before = now;
            if (now < end) return requestAnimationFrame(frame);
            gaps.sort((a, b) => a - b);
            resolve([(newest() - first) / seconds, gaps[Math.floor(gaps.length * 0.99)], gaps[gaps.length - 1]]);
          });
        })
        """;

    /// <returns>Null where there is no Chromium.</returns>
    public static async Task<FollowedLog?> MeasureAsync(BenchStores stores)
    {
        if (!File.Exists(Chromium))
            return null;
        await using var store = await stores.NewAsync();
        await using var server = await ScaleServer.StartAsync(store, works: true);
        var id = await server.EnqueueAsync(
            JsonSerializer.Serialize(new { kind = "shell.run", args = new { command = Script } }));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu"],
        });
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"{server.Url}console/sign-in");
        await page.FillAsync("[name=name]", "admin");
        await page.FillAsync("[name=password]", ServeProcess.Password);
        await page.ClickAsync("button:text-is('Sign in')");
        await page.WaitForURLAsync("**/console");
        await page.GotoAsync($"{server.Url}console/jobs/{id}");
        await page.WaitForSelectorAsync("#log > div:nth-child(1000)");
        var found = (await page.EvaluateAsync<JsonElement>(Measure, Seconds)).EnumerateArray()
            .Select(value => value.GetDouble()).ToArray();
        var log = new FollowedLog(Math.Round(found[0]), Math.Round(found[1]), Math.Round(found[2]));
        Progress.Say("a followed log, the longest frame", log.Worst, "ms");
        return log;
    }
}
