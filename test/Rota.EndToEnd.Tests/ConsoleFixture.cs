using Microsoft.Playwright;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>A server with an administrator, and jobs of all kinds to look at.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    public const string Password = "correct horse";

    private const string Plugin = """
        using Microsoft.Extensions.Logging;
        using Rota;

        [Job("mail.send", Queue = "mail", MaxAttempts = 1)]
        public sealed record SendMail(string To, bool Fails = false, string? ApiToken = null);

        public sealed class SendMailHandler : IJobHandler<SendMail>
        {
            public Task<JobResult> RunAsync(SendMail args, JobContext job, CancellationToken stop)
            {
                job.Log.LogWarning("Sending to {To} <script>document.title = 'broken'</script>", args.To);
                return args.Fails
                    ? throw new InvalidOperationException("550 <b>User unknown</b>")
                    : Task.FromResult(JobResult.CompleteWith(new { accepted = true }));
            }
        }

        [Job("report.render", Queue = "reports")]
        public sealed record Render(int Pages, int DelayMs = 20);

        public sealed class RenderHandler : IJobHandler<Render>
        {
            public async Task<JobResult> RunAsync(Render args, JobContext job, CancellationToken stop)
            {
                for (var page = 1; page <= args.Pages; page++)
                {
                    job.Log.LogInformation("Rendered page {Page}", page);
                    job.ReportProgress(page, args.Pages, $"page {page}");
                    if (args.DelayMs > 0)
                        await Task.Delay(args.DelayMs, stop);
                }
                return JobResult.Complete;
            }
        }
        """;

    // A log line with the colours of a terminal, and one that would be markup.
    private const string Processes = """
        [unix_http_server]
        file=%(here)s/sock
        [supervisord]
        logfile=%(here)s/supervisord.log
        pidfile=%(here)s/pid
        childlogdir=%(here)s
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
        [program:ask]
        command=/bin/sh -c 'printf "\033[32mready\033[0m <b>\n"; while read line; do echo "heard $line"; done'
        [program:mill]
        command=/bin/sh -c 'while echo "<script>turn</script>"; do sleep 1; done' --api-token=s3cret
        process_name=mill_%(process_num)d
        numprocs=3
        [program:broken]
        command=/bin/sh -c 'echo "cannot open /etc/none" >&2; exit 3'
        startretries=0
        [program:later]
        command=/bin/sleep 1000
        autostart=false

        """;

    /// <summary>Has programs, and the server was told of it as <c>main</c>.</summary>
    public RotaProcess Supervisor { get; } = new();

    public RotaProcess Rota { get; } = new(folder: null, ("ROTA_ADMIN_PASSWORD", Password));

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(SupervisorFile, Processes);
        Supervisor.Launch("supervise -n -c supervisord.conf");
        var socket = Path.Combine(Supervisor.Folder, "sock");
        await RotaProcess.WaitAsync(() => File.Exists(socket), "the supervisor listens");
        Rota.Environment["ROTA_SUPERVISORS__0__NAME"] = "main";
        Rota.Environment["ROTA_SUPERVISORS__0__URL"] = $"unix://{socket}";
        Rota.Environment["ROTA_SUPERVISORS__1__NAME"] = "backup";
        Rota.Environment["ROTA_SUPERVISORS__1__URL"] = "http://127.0.0.1:1";
        await File.WriteAllTextAsync(Path.Combine(Rota.Plugins, "shop.cs"), Plugin);
        await Rota.StartAsync();
        await Rota.PostAsync("queues/invoices/pause", new { });
        await Rota.EnqueueAsync("mail.send", new { to = "held@example.org" }, new { queue = "invoices" });
        await Rota.PutAsync("queues/invoices/limit", new { max_running = 3 });
        for (var n = 1; n <= 60; n++)
            await Rota.EnqueueAsync("mail.send", new { to = $"{n}@example.org" }, new { tags = new[] { "eu" } });
        Failed = await Rota.EnqueueAsync(
            "mail.send", new { to = "gone@example.org", fails = true, api_token = "s3cret" });
        await Rota.EndOfAsync(Failed);
        await Rota.PostAsync("jobs/batch", new
        {
            jobs = new[] { 1, 2, 3 }.Select(n => new { kind = "mail.send", args = new { to = $"{n}@example.org" } }),
            on_complete = new { kind = "mail.send", args = new { to = "all@example.org" } },
        });
        await Rota.PutAsync("schedules/nightly", new
        {
            trigger = new { cron = "30 2 * * *", zone = "Europe/Berlin" },
            kind = "report.render",
            args = new { pages = 1 },
        });
        var week = TimeProvider.System.GetUtcNow().AddDays(-7);
        await Rota.PostAsync("schedules/nightly/backfill", new { from = week, dry_run = false });
    }

    public string SupervisorFile => Path.Combine(Supervisor.Folder, "supervisord.conf");

    /// <summary>A job that failed.</summary>
    public long Failed { get; private set; }

    /// <summary>A page of a new browser, signed in, at the overview.</summary>
    public async Task<Browser> SignInAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light,
        bool hasScript = true, RotaProcess? rota = null, string user = "admin")
    {
        var browser = await new Browser().StartAsync(width, scheme, hasScript);
        await browser.Page.GotoAsync((rota ?? Rota).Address + "/");
        await browser.Page.FillAsync("#name", user);
        await browser.Page.FillAsync("#password", Password);
        await browser.Page.ClickAsync("main button");
        await browser.Page.WaitForURLAsync("**/console");
        return browser;
    }

    public string Of(string path) => Rota.Address + path;

    public async ValueTask DisposeAsync()
    {
        await Rota.DisposeAsync();
        await Supervisor.StopAsync(); // with its children, which a kill would leave behind
        await Supervisor.DisposeAsync();
    }
}
