/// <summary>How this plug-in talks to the other system: with time-outs, retries and a log line that it need not write.
/// </summary>
public sealed class ExampleClient(IntegrationHttp http) : IntegrationClient(http, timeout: TimeSpan.FromSeconds(10))
{
    /// <param name="job">Names the greeting, so that the other side can drop a repeat.</param>
    public async Task GreetAsync(Uri url, string name, string token, JobId job, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Add("Idempotency-Key", $"hello-{job}");
        request.Content = JsonContent.Create(new { text = $"Hello, {name}" });
        using var response = await Http.SendAsync(request, stop);
        response.EnsureSuccessStatusCode();
    }
}
