using System.Diagnostics;

namespace Rota;

/// <summary>A PostgreSQL server of one's own, on a loopback port and in a temporary folder.</summary>
/// <remarks>A shell starts it, obeys on its input, and stops it with <c>pg_ctl</c> when that ends: the input ends with
/// this process however that ends.</remarks>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Binaries = "/usr/lib/postgresql";

    // PostgreSQL refuses to run as root.
    private const string Script = """
        bin=$1 port=$2 settings=$3 parent=$4
        as() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
        folder=$(mktemp -d "${parent:-${TMPDIR:-/tmp}}/rota-postgres-XXXXXX") && cd "$folder" || exit
        [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
        start() {
            as "$bin/pg_ctl" start -w -D data -l "$folder/server.log" >start.log 2>&1 -o "-p $port -k '$folder' \
                -c listen_addresses=127.0.0.1 -c max_connections=300 $settings" \
                || { cat start.log server.log >&2; exit 1; }
        }
        trap 'exit 1' HUP INT TERM
        trap 'as "$bin/pg_ctl" stop -D data -m immediate >stop.log 2>&1; cd / && rm -rf "$folder"' EXIT
        as "$bin/initdb" -D data -U rota -A trust -E UTF8 --no-locale --no-sync >initdb.log 2>&1 \
            || { cat initdb.log >&2; exit 1; }
        start
        echo "$folder"
        while read -r order; do
            case $order in
                crash) as "$bin/pg_ctl" stop -D data -m immediate >stop.log 2>&1 ;;
                start) as "$bin/pg_ctl" status -D data >status.log 2>&1 || start ;;
            esac
            echo done
        done
        """;

    private readonly Process _shell;

    private PostgresServer(Process shell, string folder, int port) => (_shell, Folder, Port) = (shell, folder, port);

    /// <summary>Holds its socket, its log and its data.</summary>
    public string Folder { get; }

    public int Port { get; }

    public string Url => $"postgres://rota@127.0.0.1:{Port}/postgres";

    /// <summary>Folder of the newest installed version's programs, or null.</summary>
    public static string? Programs => !Directory.Exists(Binaries) ? null
        : Directory.GetDirectories(Binaries).Select(folder => Path.Combine(folder, "bin"))
            .Where(folder => File.Exists(Path.Combine(folder, "initdb")))
            .MaxBy(folder => int.Parse(Path.GetFileName(Path.GetDirectoryName(folder)!)));

    /// <param name="settings">For its command line: <c>-c fsync=off</c>.</param>
    /// <param name="parent">The folder in which its own is made; null: the temporary one.</param>
    /// <param name="environment">Variables that the server gets besides those of this process.</param>
    public static async Task<PostgresServer> StartAsync(
        string settings, string? parent = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var programs = Programs ?? throw new InvalidOperationException(
            $"There is no PostgreSQL in {Binaries}; install the package postgresql-15.");
        var port = LoopbackPort.Free();
        string[] arguments = ["-c", Script, "sh", programs, $"{port}", settings, parent ?? ""];
        var start = new ProcessStartInfo("sh", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var shell = Process.Start(start)!;
        return await shell.StandardOutput.ReadLineAsync() is { } folder
            ? new PostgresServer(shell, folder, port)
            : throw new InvalidOperationException(await shell.StandardError.ReadToEndAsync());
    }

    /// <summary>Stops it as a crash would: without a checkpoint, in the middle of everything.</summary>
    public Task CrashAsync() => OrderAsync("crash");

    /// <summary>Whether there is a process, which may not answer yet.</summary>
    public bool IsUp => File.Exists(Path.Combine(Folder, "data", "postmaster.pid"));

    /// <summary>Starts it again after a crash, unless it runs.</summary>
    public Task StartAgainAsync() => OrderAsync("start");

    private async Task OrderAsync(string order)
    {
        await _shell.StandardInput.WriteLineAsync(order);
        await _shell.StandardInput.FlushAsync();
        if (await _shell.StandardOutput.ReadLineAsync() is null)
            throw new InvalidOperationException(await _shell.StandardError.ReadToEndAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
