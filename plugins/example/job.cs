/// <summary>What the schedule's public configuration holds.</summary>
/// <param name="Name">Whom to greet.</param>
/// <param name="Url">Where to send the greeting, or null to log it only.</param>
public sealed record ExampleParameters(string Name = "world", Uri? Url = null);

/// <summary>The smallest integration: clear parameters, a secret, a client.</summary>
[Job("example.hello", Aliases = ["extensions.example.job:ExampleJob"])]
public sealed class ExampleJob(ExampleClient client) : IntegrationJob<ExampleParameters>
{
    public override async Task<JobResult> RunAsync(
        ExampleParameters parameters, IReadOnlyDictionary<string, string> secrets, JobContext job,
        CancellationToken stop)
    {
        if (!secrets.TryGetValue("token", out var token))
            return JobResult.Fail("The schedule has no secret named 'token'.");
        job.Log.LogInformation("Using a token of {Characters} characters", token.Length);
        job.Log.LogInformation("Hello, {Name}", parameters.Name);
        if (parameters.Url is { } url)
            await client.GreetAsync(url, parameters.Name, token, job.Id, stop);
        return JobResult.CompleteWith(new { greeted = parameters.Name });
    }
}
