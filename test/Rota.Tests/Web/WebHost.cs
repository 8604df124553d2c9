using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rota.Access;
using Rota.Jobs;
using Rota.Web;
using Xunit;

namespace Rota.Tests.Web;

/// <summary>A whole Rota behind a real server on a free port, with a database of its own and a caller of each role.
/// </summary>
public class WebHost : IAsyncLifetime
{
    /// <summary>A route of the test with a bug in it.</summary>
    public const string BrokenRoute = "/broken";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("rota-web-").FullName;
    private WebApplication? _app;

    public WebApplication App => _app!;

    public AccessOperations Access => App.Services.GetRequiredService<AccessOperations>();

    public JobOperations Jobs => App.Services.GetRequiredService<JobOperations>();

    public Gate Gate => App.Services.GetRequiredService<Gate>();

    public HttpClient Anonymous { get; private set; } = null!;

    public HttpClient Viewer { get; private set; } = null!;

    public HttpClient Operator { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        Listen(builder.WebHost);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<Gate>();
        builder.Services
            .AddRota(options =>
            {
                options.UseSqlite(Path.Combine(_folder, "rota.db"));
                options.KeyPath = Path.Combine(_folder, "fernet.key");
                options.Workers.Drain = TimeSpan.Zero;
            })
            .AddHandler<SayHandler>();
        builder.Services.AddRotaWeb(Configure);
        _app = builder.Build();
        _app.MapRotaWeb();
        _app.MapGet(BrokenRoute, () => { throw new InvalidOperationException("the inner secret"); })
            .RequireAuthorization("viewer");
        await _app.StartAsync();
        Anonymous = NewClient(token: null);
        Viewer = await NewClientAsync(Role.Viewer);
        Operator = await NewClientAsync(Role.Operator);
        Admin = await NewClientAsync(Role.Admin);
    }

    protected virtual void Configure(WebOptions web)
    {
    }

    protected virtual void Listen(IWebHostBuilder web) => web.UseUrls("http://127.0.0.1:0");

    protected virtual SocketsHttpHandler NewHandler() => new() { UseCookies = false, AllowAutoRedirect = false };

    private async Task<HttpClient> NewClientAsync(Role role) =>
        NewClient(await Access.CreateTokenAsync($"of.{role}", role, expiresIn: null, CancellationToken.None));

    public HttpClient NewClient(string? token)
    {
        var client = new HttpClient(NewHandler())
        {
            BaseAddress = new Uri(App.Urls.First()),
            Timeout = Deadline,
        };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<long> EnqueueAsync(string kind, object? args = null, object? options = null)
    {
        using var answer = await Operator.PostAsJsonAsync("/api/v1/jobs", new { kind, args, options });
        return (await answer.JsonAsync(201)).GetProperty("id").GetInt64();
    }

    public async Task<Job> EndOfAsync(long id)
    {
        using var late = new CancellationTokenSource(Deadline);
        for (; ; )
        {
            var job = await Jobs.GetAsync(new JobId(id), late.Token);
            if (job.State.IsFinal)
                return job;
            await Task.Yield();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_app is not null)
            await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Holds running jobs until the test lets them go, and tells it when they have come there.</summary>
public sealed class Gate
{
    private readonly ConcurrentDictionary<string, (TaskCompletionSource Came, TaskCompletionSource Go)> _gates = [];

    private (TaskCompletionSource Came, TaskCompletionSource Go) Of(string name) =>
        _gates.GetOrAdd(name, _ => (NewSource(), NewSource()));

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task CameAsync(string name) => Of(name).Came.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Open(string name) => Of(name).Go.TrySetResult();

    public Task PassAsync(string name, CancellationToken stop)
    {
        Of(name).Came.TrySetResult();
        return Of(name).Go.Task.WaitAsync(stop);
    }
}

[Job("test.say", Aliases = ["test:Say"], Queue = "talk", MaxAttempts = 2)]
public sealed record Say(string Text, int Times = 1, string? Gate = null, bool Fails = false, string? ApiToken = null);

public sealed class SayHandler(Gate gate) : IJobHandler<Say>
{
    public async Task<JobResult> RunAsync(Say args, JobContext job, CancellationToken stop)
    {
        for (var time = 1; time <= args.Times; time++)
        {
            job.Log.LogInformation("{Text} {Time}", args.Text, time);
            if (args.Gate is not null)
                await gate.PassAsync($"{args.Gate}{time}", stop);
        }
        return args.Fails
            ? JobResult.Fail("asked to fail")
            : JobResult.CompleteWith(new { said = args.Times, password = "x" });
    }
}

internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}, not {status}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return await answer.JsonAsync(200);
    }

    public static async Task<JsonElement> SendJsonAsync(
        this HttpClient client, string method, string path, object? body, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}, not {status}: {text}");
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>The problem that a call must end with, checked for its shape.</summary>
    public static async Task<JsonElement> ProblemAsync(
        this HttpClient client, string method, string path, object? body, int status, string code, string? field = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = body as HttpContent ?? JsonContent.Create(body);
        using var answer = await client.SendAsync(request);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.JsonAsync(status);
        Assert.Equal(code, problem.Text("code"));
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal($"urn:rota:{code}", problem.Text("type"));
        Assert.NotEmpty(problem.Text("title")!);
        Assert.NotEmpty(problem.Text("detail")!);
        Assert.Equal(field, problem.Text("field"));
        return problem;
    }

    public static string? Text(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement json) => json.GetProperty("items").EnumerateArray();
}
