using System.Globalization;
using System.Net.Sockets;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes.Checks;

/// <summary>Asks whether something answers: never on the loop thread, which only hears the answer.</summary>
internal sealed class Probes(EventLoop loop, TimeProvider time)
{
    private readonly Lazy<HttpClient> _http = new(Client);

    public HttpClient Http => _http.Value;

    /// <summary>Asks once.</summary>
    /// <param name="then">On the loop thread: null when all is well, else why not, in words for the log.</param>
    public void Ask(Check check, TimeSpan timeout, Action<string?> then) => _ = AskAndTellAsync(check, timeout, then);

    /// <summary>Every question makes a connection of its own: one that is kept would prove nothing about new ones.
    /// </summary>
    private static HttpClient Client()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.ConnectionClose = true;
        return client;
    }

    private async Task AskAndTellAsync(Check check, TimeSpan timeout, Action<string?> then)
    {
        // Away from the loop's thread first: even a name or a file on a far disk may take its time.
        await Task.Yield();
        var problem = await AskAsync(check, timeout);
        loop.Post(() => then(problem));
    }

    private async Task<string?> AskAsync(Check check, TimeSpan timeout)
    {
        using var stop = new CancellationTokenSource(timeout, time);
        try
        {
            return check.Kind switch
            {
                CheckKind.Port => await ConnectAsync(check.Target, stop.Token),
                CheckKind.Http => await GetAsync(check.Target, stop.Token),
                _ => File.Exists(check.Target) ? null : "it is not there",
            };
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds} seconds");
        }
        catch (Exception error) when (error is SocketException or HttpRequestException or IOException
            or ArgumentException)
        {
            return error.Message.ReplaceLineEndings(" ");
        }
    }

    private static async Task<string?> ConnectAsync(string address, CancellationToken stop)
    {
        var colon = address.LastIndexOf(':');
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address[..colon].Trim('[', ']'), int.Parse(address[(colon + 1)..]), stop);
        return null;
    }

    private async Task<string?> GetAsync(string address, CancellationToken stop)
    {
        using var answer = await Http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, stop);
        return answer.IsSuccessStatusCode ? null : $"the answer is {(int)answer.StatusCode}";
    }
}
