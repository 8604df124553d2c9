using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Secrets of a server on their way to processes of the supervisor beside it.</summary>
public sealed class SupervisedSecretTests
{
    private const string Clear = "hunter2-of-the-database", Later = "hunter3-of-the-database";

    private const string Daemon = """
        [unix_http_server]
        file=%(here)s/sock
        [supervisord]
        logfile=%(here)s/supervisord.log
        loglevel=blather
        pidfile=%(here)s/pid
        childlogdir=%(here)s
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
        [supervisorctl]
        serverurl=unix://%(here)s/sock
        [program:good]
        command=/bin/sh -c 'printf %%s "$PASSWORD" > new; mv new got; exec sleep 1000'
        secrets=PASSWORD=db-password
        startretries=0

        """;

    [Fact]
    public async Task A_supervised_process_gets_the_secret_and_nothing_else_does()
    {
        await using var server = await new RotaProcess().StartAsync();
        Assert.Equal(0, (await server.RunAsync(["secrets", "set", "db-password"], Clear)).Code);
        await using var daemon = new RotaProcess(server.Folder);
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "supervisord.conf"), Daemon + """
            [program:bad]
            command=/bin/sleep 1000
            secrets=PASSWORD=nobody-set-it
            startretries=0
            """, Stop);
        daemon.Launch("supervise -n -c supervisord.conf");
        await GotAsync(daemon, Clear);
        await RotaProcess.WaitAsync(
            async () => (await PsAsync(daemon, "bad")).Contains("FATAL", StringComparison.Ordinal), "it is given up");
        Assert.Contains("couldn't get the secret 'nobody-set-it': it is not set; set it: rota secrets set "
            + "nobody-set-it", await PsAsync(daemon, "bad"), StringComparison.Ordinal);
        var said = await SaidAsync(daemon);
        Assert.Contains("spawned: 'good'", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Clear, said, StringComparison.Ordinal);
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task Beside_a_server_on_PostgreSQL_each_start_gets_the_secret_of_then_or_is_told_why_not()
    {
        Assert.SkipWhen(PostgresServer.Programs is null && Environment.GetEnvironmentVariable("CI") is null or "",
            "There is no PostgreSQL here; install the package postgresql-15.");
        await using var postgres = await PostgresServer.StartAsync("-c fsync=off");
        // The server trusts everybody on loopback; the password is there to be looked for where it must not stand.
        const string login = "pass-of-the-login";
        var database = ("ROTA_DATABASE", postgres.Url.Replace("rota@", $"rota:{login}@", StringComparison.Ordinal));
        await using var server = await new RotaProcess(folder: null, database).StartAsync();
        Assert.Equal(0, (await server.RunAsync(["secrets", "set", "db-password"], Clear)).Code);
        await using var daemon = new RotaProcess(server.Folder, database);
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "supervisord.conf"), Daemon, Stop);
        daemon.Launch("supervise -n -c supervisord.conf");
        await GotAsync(daemon, Clear);

        Assert.Equal(0, (await server.RunAsync(["secrets", "set", "db-password"], Later)).Code);
        Assert.Equal(0, (await daemon.RunAsync(["ps", "restart", "good", "-c", "supervisord.conf"])).Code);
        await GotAsync(daemon, Later);

        await postgres.CrashAsync();
        var (code, output, _) = await daemon.RunAsync(["ps", "restart", "good", "-c", "supervisord.conf"]);
        Assert.Equal(1, code);
        Assert.Contains("good: FATAL: couldn't get the secret 'db-password': ", output, StringComparison.Ordinal);
        await postgres.StartAgainAsync();
        File.Delete(Path.Combine(server.Folder, "got"));
        Assert.Equal(0, (await daemon.RunAsync(["ps", "start", "good", "-c", "supervisord.conf"])).Code);
        await GotAsync(daemon, Later);
        var said = await SaidAsync(daemon) + output;
        Assert.All([Clear, Later, login], text => Assert.DoesNotContain(text, said, StringComparison.Ordinal));
        Assert.Equal(0, await daemon.StopAsync());
    }

    /// <summary>Until the process has written what it was given, and that is this.</summary>
    private static Task GotAsync(RotaProcess daemon, string value)
    {
        var got = Path.Combine(daemon.Folder, "got");
        return RotaProcess.WaitAsync(() => File.Exists(got) && File.ReadAllText(got) == value, $"it got {value}");
    }

    private static async Task<string> PsAsync(RotaProcess daemon, string name) =>
        (await daemon.RunAsync(["ps", name, "--json", "-c", "supervisord.conf"])).Output.Replace("\\u0027", "'");

    /// <summary>All that the daemon has printed and logged.</summary>
    private static async Task<string> SaidAsync(RotaProcess daemon) => string.Join('\n', daemon.Output)
        + await File.ReadAllTextAsync(Path.Combine(daemon.Folder, "supervisord.log"), Stop);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
}
