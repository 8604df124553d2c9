using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Rota.Bench;

/// <summary>Somebody who is signed in and reads pages as a browser asks for them: compressed, with a session.</summary>
internal sealed partial class ConsoleVisitor(Uri server) : IDisposable
{
    private const int StreamSlice = 4_096;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        CookieContainer = new CookieContainer(),
    })
    {
        BaseAddress = server,
        Timeout = TimeSpan.FromMinutes(1),
    };

    /// <summary>As the administrator that <see cref="ServeProcess"/> makes.</summary>
    public async Task SignInAsync()
    {
        var form = await ReadAsync("/console/sign-in");
        var token = FormToken().Match(form).Groups["token"].Value;
        using var words = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = WebUtility.HtmlDecode(token),
            ["name"] = "admin",
            ["password"] = ServeProcess.Password,
            ["return"] = "/console",
        });
        using var answer = await _http.PostAsync(new Uri("/console/sign-in", UriKind.Relative), words);
        if (answer.StatusCode != HttpStatusCode.SeeOther && answer.StatusCode != HttpStatusCode.Found)
            throw new InvalidOperationException($"Signing in was answered with {(int)answer.StatusCode}.");
    }

    /// <summary>Until the whole answer is read.</summary>
    /// <returns>The time; -1 bytes where the server refused.</returns>
    public async Task<(double Ms, int Bytes)> AskAsync(string path)
    {
        var start = Stopwatch.GetTimestamp();
        using var request = Compressed(path);
        using var answer = await _http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return (ms, answer.StatusCode == HttpStatusCode.OK ? body.Length : -1);
    }

    /// <summary>The text of a page or a file.</summary>
    public async Task<string> ReadAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Encoding", "identity");
        using var answer = await _http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>A page that stays open: it hears of changes and then fetches itself anew, at most once a second.
    /// </summary>
    /// <returns>How often it did.</returns>
    public async Task<int> StayAsync(string path, CancellationToken stop)
    {
        var refreshed = 0;
        try
        {
            using var live = await _http.GetAsync(
                new Uri("/console/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, stop);
            await using var ticks = await live.Content.ReadAsStreamAsync(stop);
            var slice = new byte[StreamSlice];
            while (await ticks.ReadAsync(slice, stop) > 0)
            {
                using var refresh = Compressed(path);
                refresh.Headers.Add("HX-Request", "true");
                using var answer = await _http.SendAsync(refresh, stop);
                await answer.Content.ReadAsByteArrayAsync(stop);
                answer.EnsureSuccessStatusCode();
                refreshed++;
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The page is closed.
        }
        return refreshed;
    }

    private static HttpRequestMessage Compressed(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Encoding", "br, gzip");
        return request;
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("""name="__RequestVerificationToken"[^>]*value="(?<token>[^"]+)""",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex FormToken();
}
