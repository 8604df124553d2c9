using Rota.Stores.Tests;

[assembly: AssemblyFixture(typeof(PostgresTestServer))]

namespace Rota.Stores.Tests;

/// <summary>A PostgreSQL server of this test run's own. It starts when the first test asks for it.</summary>
/// <remarks>What is on disk need not survive a power cut, so nothing is synced.</remarks>
public sealed class PostgresTestServer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private Task<PostgresServer>? _server;

    /// <summary>Address of the server's database. A test skips where there is no PostgreSQL; in CI it fails.</summary>
    public async Task<string> UrlAsync()
    {
        Assert.SkipUnless(PostgresServer.Programs is not null || Environment.GetEnvironmentVariable("CI") is { Length: > 0 },
            "There is no PostgreSQL here; install the package postgresql-15.");
        lock (_lock)
            _server ??= PostgresServer.StartAsync("-c fsync=off -c full_page_writes=off");
        return (await _server).Url;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await (await _server).DisposeAsync();
    }
}
