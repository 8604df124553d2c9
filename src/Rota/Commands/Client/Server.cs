using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>What the server answered.</summary>
internal sealed record Answer(int Status, string Text)
{
    private JsonElement? _json;

    public JsonElement Json => _json ??= JsonElement.Parse(Text.Length > 0 ? Text : "null");

    public IEnumerable<JsonElement> Items => Json.Items();
}

/// <summary>The HTTP API of one server.</summary>
internal sealed class Server : IDisposable
{
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(100);

    private readonly HttpClient _http;
    private readonly Uri _address;

    public Server(Uri address, string? token)
    {
        _address = address;
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectMax, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(address, "/api/v1/"),
            Timeout = Timeout.InfiniteTimeSpan, // events have no end; requests are limited one by one
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("rota", Versions.Own));
        if (token is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<Answer> GetAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Get, path, null, stop);

    public Task<Answer> PostAsync(string path, JsonNode? body, CancellationToken stop) =>
        SendAsync(HttpMethod.Post, path, body, stop);

    public Task<Answer> PutAsync(string path, JsonNode body, CancellationToken stop) =>
        SendAsync(HttpMethod.Put, path, body, stop);

    public Task<Answer> DeleteAsync(string path, CancellationToken stop) =>
        SendAsync(HttpMethod.Delete, path, null, stop);

    /// <exception cref="ServerProblem">The server said no.</exception>
    /// <exception cref="NoServerException">Nobody answered in time.</exception>
    private async Task<Answer> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(AnswerMax);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await GuardAsync(async () =>
        {
            using var response = await _http.SendAsync(request, limit.Token);
            var text = await response.Content.ReadAsStringAsync(limit.Token);
            return response.IsSuccessStatusCode
                ? new Answer((int)response.StatusCode, text)
                : throw Problem((int)response.StatusCode, text);
        }, stop);
    }

    /// <summary>Server-sent events until the server ends the stream.</summary>
    public async IAsyncEnumerable<SseItem<string>> EventsAsync(string path,
        [EnumeratorCancellation] CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await GuardAsync(
            () => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), stop);
        if (!response.IsSuccessStatusCode)
            throw Problem((int)response.StatusCode, await response.Content.ReadAsStringAsync(stop));
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await using var events = SseParser.Create(stream).EnumerateAsync(stop).GetAsyncEnumerator(stop);
        while (await GuardAsync(async () => await events.MoveNextAsync(), stop))
            yield return events.Current;
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> call, CancellationToken stop)
    {
        try
        {
            return await call();
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new NoServerException(_address, error);
        }
    }

    private static ServerProblem Problem(int status, string text)
    {
        try
        {
            var json = JsonElement.Parse(text);
            if (json.ValueKind == JsonValueKind.Object && json.Text("code") is { Length: > 0 } code)
            {
                var detail = json.Text("detail") is { Length: > 0 } told ? told : json.Text("title");
                return new ServerProblem(status, code, detail, json.TextOrNull("hint"), text);
            }
        }
        catch (JsonException)
        {
            // Something between us and Rota answered.
        }
        return new ServerProblem(status, $"http.{status}", $"the server answered with status {status}",
            status == 401 ? "log in: rota login" : "check --url: another program may answer there", null);
    }

    public void Dispose() => _http.Dispose();
}
