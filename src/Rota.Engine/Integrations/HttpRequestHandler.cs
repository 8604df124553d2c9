using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Rota.Integrations;

internal sealed class HttpRequestHandler(IntegrationHttp http) : IJobHandler<HttpRequest>
{
    private const int OutputCharactersMax = 4_096, ErrorCharactersMax = 1_000;

    private static readonly string[] KeptHeaders =
    [
        "Content-Type", "Content-Length", "Date", "ETag", "Last-Modified", "Link", "Location", "Retry-After",
        "X-Request-Id",
    ];

    public async Task<JobResult> RunAsync(HttpRequest args, JobContext job, CancellationToken stop)
    {
        HttpRequestMessage request;
        StatusRanges expected;
        try
        {
            expected = new StatusRanges(args.ExpectedStatus);
            request = await BuildAsync(args, job.Secrets, stop);
        }
        catch (InvalidFieldException error)
        {
            return JobResult.Fail($"{error.Message} {error.Hint}"); // the same arguments are as wrong the next time
        }
        using (request)
            return await SendAsync(request, args, expected, job, stop);
    }

    private async Task<JobResult> SendAsync(
        HttpRequestMessage request, HttpRequest args, StatusRanges expected, JobContext job, CancellationToken stop)
    {
        using var client = http.CreateClient(
            "http.request", baseAddress: null, TimeSpan.FromSeconds(args.TimeoutSeconds));
        var started = job.Clock.GetTimestamp();
        using var response = await client.SendAsync(request, stop);
        var body = await ReadAsync(response, stop);
        var status = (int)response.StatusCode;
        if (!expected.Contain(status))
        {
            throw new RotaException("http.status",
                $"{request.Method} {UrlMask.Of(request)} answered {status}: {Cut(body, ErrorCharactersMax)}",
                "If that answer is fine, name its status in expectedStatus.");
        }
        var ms = (long)job.Clock.GetElapsedTime(started).TotalMilliseconds;
        return JobResult.CompleteWith(
            new HttpRequestOutput(status, Keep(response), Cut(body, OutputCharactersMax), ms));
    }

    /// <exception cref="InvalidFieldException">A field cannot be used.</exception>
    private static async Task<HttpRequestMessage> BuildAsync(
        HttpRequest args, JobSecrets secrets, CancellationToken stop)
    {
        if (args.TimeoutSeconds is not (> 0 and <= 3_600))
        {
            throw new InvalidFieldException(
                "timeoutSeconds", $"timeoutSeconds is {args.TimeoutSeconds}.", "Write over 0 to 3,600.");
        }
        var url = await SecretReferences.FillUrlAsync(args.Url, secrets, stop);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new InvalidFieldException("url", $"'{args.Url}' is no http or https address.", "Write it in full.");
        HttpMethod method;
        try
        {
            method = HttpMethod.Parse(args.Method.ToUpperInvariant());
        }
        catch (FormatException error)
        {
            throw new InvalidFieldException(
                "method", $"'{args.Method}' is no method.", "Write GET, POST, PUT or the like.", error);
        }
        var request = new HttpRequestMessage(method, address);
        UrlMask.ShowAs(request, args.Url);
        if (args.Body is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } body)
            request.Content = await BodyAsync(body, secrets, stop);
        foreach (var (name, value) in args.Headers)
            AddHeader(request, name, await SecretReferences.FillAsync(value, secrets, stop));
        return request;
    }

    private static async Task<HttpContent> BodyAsync(JsonElement body, JobSecrets secrets, CancellationToken stop) =>
        body.ValueKind == JsonValueKind.String
            ? new StringContent(await SecretReferences.FillAsync(body.GetString()!, secrets, stop)) // never null here
            : new StringContent(
                await SecretReferences.FillAsync(
                    body.GetRawText(), secrets, (value, _) => JsonEncodedText.Encode(value).ToString(), stop),
                Encoding.UTF8, "application/json");

    private static void AddHeader(HttpRequestMessage request, string name, string value)
    {
        if (value.AsSpan().ContainsAny("\r\n\0"))
        {
            throw new InvalidFieldException(
                "headers", $"The value of the header '{name}' has a line break.", "Write one line.");
        }
        if (request.Headers.TryAddWithoutValidation(name, value))
            return;
        request.Content ??= new ByteArrayContent([]);
        request.Content.Headers.Remove(name);
        if (!request.Content.Headers.TryAddWithoutValidation(name, value))
        {
            throw new InvalidFieldException(
                "headers", $"'{name}' is no name of a header.", "Write letters, digits and '-'.");
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        try
        {
            return await response.Content.ReadAsStringAsync(stop);
        }
        catch (InvalidOperationException) // the answer names a charset that does not exist
        {
            return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(stop));
        }
    }

    private static Dictionary<string, string> Keep(HttpResponseMessage response)
    {
        var kept = new Dictionary<string, string>();
        foreach (var headers in new HttpHeaders[] { response.Headers, response.Content.Headers })
        {
            foreach (var (name, values) in headers.NonValidated)
            {
                if (KeptHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
                    kept[name] = string.Join(", ", values);
            }
        }
        return kept;
    }

    private static string Cut(string text, int max) =>
        text.Length <= max ? text : string.Concat(text.AsSpan(0, max), "…");
}
