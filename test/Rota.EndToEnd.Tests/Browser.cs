using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Rota.EndToEnd.Tests;

/// <summary>One page of a real Chromium, of its build without windows, as of a person of its own: no cookie is shared.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium-headless-shell";

    // One for all tests, as each start takes seconds of a core; it ends with this process.
    private static readonly Lazy<Task<IBrowser>> Chromium = new(LaunchAsync);

    private readonly ConcurrentQueue<string> _complaints = new();
    private IBrowserContext? _context;

    public static bool IsInstalled => File.Exists(Program);

    public IPage Page { get; private set; } = null!;

    /// <summary>Errors and warnings that the console would show since the start: of scripts, of the network, of the
    /// content security policy.</summary>
    public IReadOnlyCollection<string> Complaints => [.. _complaints];

    public async Task<Browser> StartAsync(
        int width = 1280, ColorScheme scheme = ColorScheme.Light, bool hasScript = true)
    {
        var chromium = await Chromium.Value;
        _context = await chromium.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            JavaScriptEnabled = hasScript,
        });
        Page = await _context.NewPageAsync();
        Page.SetDefaultTimeout(60_000);
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" or "assert")
                _complaints.Enqueue(message.Text);
        };
        Page.PageError += (_, error) =>
        {
            // On a busy machine a page comes too late for the way to it to be drawn; it is shown all the same.
            if (!error.Contains("Transition was", StringComparison.Ordinal))
                _complaints.Enqueue(error);
        };
        return this;
    }

    /// <summary>Clicks into a field and writes into it, as a person does.</summary>
    /// <remarks>One click, whose target the browser's driver makes sure of: of a triple one it is only sure of the
    /// first, and while a page fades in, a second one falls on the page and takes the focus out of the field.</remarks>
    public async Task TypeAsync(string field, string text)
    {
        await Page.ClickAsync(field);
        await Page.Keyboard.PressAsync("Control+A"); // what is there is written over
        await Page.Keyboard.TypeAsync(text);
    }

    /// <summary>Writes into the field that a page opens with: a page gives it the focus only as it draws itself, after
    /// it has come, and what is typed before is lost.</summary>
    public async Task TypeFirstAsync(string field, string text)
    {
        await Page.WaitForSelectorAsync(field + ":focus");
        await Page.Keyboard.TypeAsync(text);
    }

    /// <summary>Clicks, and waits for the page to which it leads.</summary>
    public async Task FollowAsync(string link, string address)
    {
        await Page.ClickAsync(link);
        await Page.WaitForURLAsync(address);
    }

    /// <summary>Asks the page until an expression is true; while a page is loaded it may fail.</summary>
    public Task WaitAsync(string expression) => RotaProcess.WaitAsync(async () =>
    {
        try
        {
            return await Page.EvaluateAsync<bool>(expression);
        }
        catch (PlaywrightException)
        {
            return false;
        }
    }, $"the page says {expression}; the console says: {string.Join('\n', Complaints)}");

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
            await _context.DisposeAsync();
    }

    private static async Task<IBrowser> LaunchAsync()
    {
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }
}
