namespace Rota;

/// <summary>The only way an integration talks to another system: time-out, retries, log and guard in one
/// place.</summary>
/// <remarks>Derive one class per system, take <see cref="IntegrationHttp"/> in the constructor and pass it on; ask for
/// the client in the job's constructor. Idempotent calls (GET, HEAD, PUT, DELETE, OPTIONS, and any call with an
/// <c>Idempotency-Key</c> header) are retried with jitter after network errors, 408, 429 and 5xx; <c>Retry-After</c> is
/// kept. Each call is one structured line in the attempt's log, with secrets masked.</remarks>
public abstract class IntegrationClient
{
    protected IntegrationClient(IntegrationHttp http, Uri? baseAddress = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        Http = http.CreateClient(GetType().Name, baseAddress, timeout);
    }

    /// <summary>Sends through the guard and the retries. <see cref="HttpClient.BaseAddress"/> is the
    /// client's.</summary>
    protected HttpClient Http { get; }
}

/// <summary>Makes the guarded <see cref="HttpClient"/>s of integration clients. The engine provides it.</summary>
public abstract class IntegrationHttp
{
    /// <param name="name">Shown in the log line of each call.</param>
    /// <param name="baseAddress">Absolute, or null for absolute request addresses only.</param>
    /// <param name="timeout">Of one try. Default: 30 s.</param>
    public abstract HttpClient CreateClient(string name, Uri? baseAddress = null, TimeSpan? timeout = null);
}
