using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rota.Access;
using Rota.Doctor;
using Rota.Events;
using Rota.Flows;
using Rota.Jobs;
using Rota.Nodes;
using Rota.Queues;
using Rota.Schedules;
using Rota.Secrets;
using Rota.Storage;
using Rota.Workers;

namespace Rota;

/// <summary>What an embedding host says of Rota.</summary>
public sealed class RotaOptions
{
    internal Action<IServiceCollection>? AddStore { get; private set; }

    /// <summary>What this program is called: its schedules belong to <c>code:NAME</c>. Programs that share a database
    /// need different names. Default: the name of the program's assembly.</summary>
    public string? Name { get; set; }

    /// <summary>True: a schedule of this program that it declares no more is removed at the start. False: it runs on,
    /// and the log says so. Default: false.</summary>
    public bool RemovesUndeclaredSchedules { get; set; }

    /// <summary>Where the key file of secrets stands; made when it is missing. Default: <c>fernet.key</c> in the folder
    /// where the program runs.</summary>
    public string KeyPath { get; set; } = "fernet.key";

    /// <summary>How this process works jobs.</summary>
    public WorkerOptions Workers { get; } = new();

    /// <summary>How long ended jobs are kept.</summary>
    public RetentionOptions Retention { get; } = new();

    /// <summary>Chooses the store. Each store brings its own <c>Use…</c> method, which calls this.</summary>
    public void UseStore(Action<IServiceCollection> add) => AddStore = add;
}

/// <summary>Adds handlers and schedules to a host that embeds Rota.</summary>
public sealed class RotaBuilder(IServiceCollection services)
{
    public IServiceCollection Services { get; } = services;

    /// <summary>Registers a handler class; every <see cref="IJobHandler{TArgs}"/> that it implements is one
    /// kind, and the <see cref="ScheduleAttribute"/>s of its arguments are schedules.</summary>
    /// <exception cref="ArgumentException">It names no kind, or a schedule is wrong.</exception>
    public RotaBuilder AddHandler<THandler>()
        where THandler : class
    {
        foreach (var handler in HandlerDescriptor.From(typeof(THandler), "code"))
        {
            Services.AddSingleton(handler);
            foreach (var schedule in AttributeSchedules.Of(handler))
                Add(schedule);
        }
        return this;
    }

    /// <summary>Registers a class that hears of what happens.</summary>
    /// <param name="types">What it is told of. Default: of everything. Of a class that is registered again it is told
    /// of both.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="types"/> has one that there is not.</exception>
    /// <example><code>.AddListener&lt;PageTheTeam&gt;(EventType.JobFailed, EventType.OccurrenceMissed)</code></example>
    public RotaBuilder AddListener<TListener>(params EventType[] types)
        where TListener : class, IEventListener
    {
        ArgumentNullException.ThrowIfNull(types);
        foreach (var type in types.Where(type => !Enum.IsDefined(type)))
            throw new ArgumentOutOfRangeException(nameof(types), type, "There is no such event.");
        Services.TryAddEnumerable(ServiceDescriptor.Singleton<IEventListener, TListener>());
        Services.AddSingleton(new ListenerMask(typeof(TListener), types));
        return this;
    }

    /// <summary>Declares a schedule: it is made, or changed, when the host starts.</summary>
    /// <param name="name">Letters, digits, <c>. _ - :</c>, at most 200.</param>
    /// <exception cref="InvalidFieldException">A field is wrong; the rest is checked when the host starts.</exception>
    /// <exception cref="InvalidOperationException">It lacks a trigger or what to enqueue.</exception>
    /// <example><code>.AddSchedule("nightly", schedule => schedule.Cron("0 2 * * *", "Europe/Berlin")
    /// .Enqueue(new BuildReport(Days: 1)))</code></example>
    public RotaBuilder AddSchedule(string name, Action<ScheduleBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var schedule = new ScheduleBuilder(NameRule.Check("name", name));
        configure(schedule);
        Add(schedule.Build());
        return this;
    }

    private void Add(ScheduleDefinition schedule)
    {
        var known = Services.Where(service => !service.IsKeyedService)
            .Select(service => service.ImplementationInstance).OfType<ScheduleDefinition>();
        if (known.Any(other => other.Name == schedule.Name))
            throw new ArgumentException($"There are two schedules '{schedule.Name}': name one otherwise.",
                nameof(schedule));
        Services.AddSingleton(schedule);
    }
}

public static class RotaServices
{
    /// <summary>Adds Rota to a host: the job client, the worker and its loops.</summary>
    /// <exception cref="ValidationException">An option of the workers is out of its range.</exception>
    /// <example><code>builder.Services.AddRota(o => o.UseSqlite("rota.db")).AddHandler&lt;SendInvoiceHandler&gt;();
    /// </code></example>
    public static RotaBuilder AddRota(this IServiceCollection services, Action<RotaOptions> configure)
    {
        var options = new RotaOptions();
        configure(options);
        Validator.ValidateObject(options.Workers, new ValidationContext(options.Workers), validateAllProperties: true);
        var addStore = options.AddStore
            ?? throw new ArgumentException("No store is chosen: call UseSqlite in AddRota.", nameof(configure));
        addStore(services);
        services.AddSingleton(options);
        services.AddSingleton(Options.Create(options.Workers));
        services.AddSingleton(Options.Create(options.Retention));
        services.TryAddSingleton(_ => KeyRing.Load(options.KeyPath, createIfMissing: true));
        AddEngine(services);
        services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = options.Workers.Drain + options.Workers.Grace + TimeSpan.FromSeconds(20));
        return new RotaBuilder(services);
    }

    private static void AddEngine(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
#pragma warning disable RS0030 // the one place that chooses the source of chance; everybody else takes a Random
        services.TryAddSingleton(Random.Shared);
#pragma warning restore RS0030
        services.AddMetrics();
        services.AddSingleton<StoreSignals>();
        services.AddSingleton(NewRegistry);
        services.AddSingleton<IJobClient, JobClient>();
        services.AddSingleton<JobOperations>();
        services.AddSingleton<FlowOperations>();
        services.AddSingleton<SecretOperations>();
        services.AddSingleton<ScheduleOperations>();
        services.AddSingleton<ScheduleSetOperations>();
        services.AddSingleton<BackfillOperations>();
        services.AddSingleton<EventOperations>();
        AddAdministration(services);
        services.AddSingleton<JobMetrics>();
        services.AddSingleton<RetentionRule>();
        services.AddSingleton<ILoggerProvider, AttemptLogProvider>();
        services.AddSingleton<Reporter>();
        services.AddSingleton(NewAttemptServices);
        services.AddSingleton<Worker>();
        services.AddHostedService<KeyCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<Reporter>());
        services.AddHostedService<NodeHeart>(); // before the worker, so that it beats until the worker has drained
        services.AddHostedService<Watchdog>(); // before the worker: it stops after it, and so watches over the drain
        services.AddHostedService(provider => provider.GetRequiredService<Worker>());
        services.AddHostedService<Rescuer>();
        services.AddHostedService<DuePromoter>();
        services.AddHostedService<CodeSchedules>(); // before the scheduler, so that it finds them as they are declared
        services.AddHostedService<Scheduler>();
        services.AddHostedService<EventPump>();
        services.AddHostedService<WebhookSender>();
        services.AddHostedService<Janitor>();
        services.AddHostedService<RejectedRetry>();
    }

    private static void AddAdministration(IServiceCollection services)
    {
        services.AddSingleton<QueueOperations>();
        services.AddSingleton<NodeOperations>();
        services.AddSingleton<AccessOperations>();
        services.AddSingleton<AuditOperations>();
        services.AddSingleton<DoctorOperations>();
    }

    private static HandlerRegistry NewRegistry(IServiceProvider provider)
    {
        var registry = new HandlerRegistry();
        registry.Set("code",
            [.. provider.GetServices<HandlerDescriptor>(), .. HandlerDescriptor.From(typeof(BatchHandler), "code")]);
        return registry;
    }

    private static AttemptServices NewAttemptServices(IServiceProvider provider) => new(
        provider.GetRequiredService<IOptions<WorkerOptions>>().Value,
        provider.GetRequiredService<Reporter>(),
        provider.GetRequiredService<IMemoryStore>(),
        provider.GetRequiredService<IFlowStore>(),
        provider.GetRequiredService<SecretOperations>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<Random>());
}

/// <summary>Refuses to start with the wrong key file.</summary>
internal sealed class KeyCheck(SecretOperations secrets) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => secrets.CheckKeyAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
