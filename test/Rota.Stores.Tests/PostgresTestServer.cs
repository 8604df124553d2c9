using Rota.Stores.Tests;

[assembly: AssemblyFixture(typeof(PostgresTestServer))]

namespace Rota.Stores.Tests;

/// <summary>The PostgreSQL server of this test run. It starts when the first test asks for it.</summary>
public sealed class PostgresTestServer : IAsyncDisposable
{
    // What is on its disk need not survive a power cut.
    private const string Settings = "-c fsync=off -c full_page_writes=off";

    private readonly Lock _lock = new();
    private Task<PostgresServer>? _server;

    /// <summary>Address of the server's database. A test skips where there is no PostgreSQL; in CI it fails.</summary>
    public static async Task<string> UrlAsync()
    {
        Assert.SkipWhen(PostgresServer.Programs is null && Environment.GetEnvironmentVariable("CI") is null or "",
            "There is no PostgreSQL on this machine; install the package postgresql-15.");
        var run = await TestContext.Current.GetFixture<PostgresTestServer>();
        return (await run!.StartedAsync()).Url;
    }

    private Task<PostgresServer> StartedAsync()
    {
        lock (_lock)
            return _server ??= PostgresServer.StartAsync(Settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await (await _server).DisposeAsync();
    }
}
