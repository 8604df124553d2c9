using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Rota.Stores.Tests;

[assembly: AssemblyFixture(typeof(PostgresTestServer))]

namespace Rota.Stores.Tests;

/// <summary>A PostgreSQL server of this test run's own, on a loopback port and in a temporary folder. It starts when the
/// first test asks for it.</summary>
/// <remarks>A shell starts it, waits for the end of its own input, and then stops it with <c>pg_ctl</c>: the input ends
/// with this process however that ends. What is on disk need not survive a power cut, so nothing is synced.</remarks>
public sealed class PostgresTestServer : IAsyncDisposable
{
    private const string Binaries = "/usr/lib/postgresql";

    // PostgreSQL refuses to run as root.
    private const string Script = """
        bin=$1 port=$2
        as() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
        folder=$(mktemp -d "${TMPDIR:-/tmp}/rota-postgres-XXXXXX") && cd "$folder" || exit
        [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
        trap 'exit 1' HUP INT TERM
        trap 'as "$bin/pg_ctl" stop -D data -m immediate >stop.log 2>&1; cd / && rm -rf "$folder"' EXIT
        as "$bin/initdb" -D data -U rota -A trust -E UTF8 --no-locale --no-sync >initdb.log 2>&1 \
            || { cat initdb.log >&2; exit 1; }
        as "$bin/pg_ctl" start -w -D data -l "$folder/server.log" >start.log 2>&1 -o "-p $port -k '$folder' \
            -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c full_page_writes=off" \
            || { cat start.log server.log >&2; exit 1; }
        echo started
        cat >/dev/null
        """;

    private readonly Lock _lock = new();
    private Task<string>? _url;
    private Process? _shell;

    /// <summary>Address of the server's database. A test skips where there is no PostgreSQL; in CI it fails.</summary>
    public Task<string> UrlAsync()
    {
        lock (_lock)
            return _url ??= StartAsync();
    }

    private async Task<string> StartAsync()
    {
        if (FindBinaries() is not { } bin)
        {
            const string Reason = $"There is no PostgreSQL in {Binaries}; install the package postgresql-15.";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, Reason);
            throw new InvalidOperationException(Reason);
        }
        var port = FreePort();
        _shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "sh", bin, $"{port}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        if (await _shell.StandardOutput.ReadLineAsync() is null)
            throw new InvalidOperationException(await _shell.StandardError.ReadToEndAsync());
        return $"postgres://rota@127.0.0.1:{port}/postgres";
    }

    /// <summary>Folder of the newest version's programs, or null.</summary>
    private static string? FindBinaries() => !Directory.Exists(Binaries) ? null
        : Directory.GetDirectories(Binaries).Select(folder => Path.Combine(folder, "bin"))
            .Where(folder => File.Exists(Path.Combine(folder, "initdb")))
            .MaxBy(folder => int.Parse(Path.GetFileName(Path.GetDirectoryName(folder)!)));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_shell is null)
            return;
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
