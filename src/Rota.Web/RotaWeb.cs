using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rota.Web.Api;
using Rota.Web.Auth;
using Rota.Web.Console;
using Rota.Web.Metrics;
using Rota.Web.Supervisors;

namespace Rota.Web;

/// <summary>Puts Rota's HTTP API and its console into an ASP.NET Core host.</summary>
public static class RotaWeb
{
    /// <summary>Bodies up to here are read, so that arguments over their limit get an answer that says so.</summary>
    private const int BodyBytesMax = 12 << 20;

    /// <summary>Adds what both need. Call it beside <c>AddRota</c>.</summary>
    public static IServiceCollection AddRotaWeb(this IServiceCollection services, Action<WebOptions>? configure = null)
    {
        services.Configure(configure ?? (_ => { }));
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
        });
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => ApiJsonOptions.Configure(json.SerializerOptions));
        services.AddExceptionHandler<ErrorHandler>();
        services.AddSingleton<Followers>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<MetricsCollector>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricsCollector>());
        services.AddAuthentication(TokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(
                TokenAuthentication.SchemeName, configureOptions: null);
        services.AddAuthorization(Policies.Add);
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
        services.AddAuditSubjects();
        services.AddSupervisors();
        services.AddConsole();
        return services;
    }

    /// <summary>Maps every route, with the middleware before them. Call it once, before any other route of the host.
    /// </summary>
    public static WebApplication MapRotaWeb(this WebApplication app)
    {
        app.UseRouting();
        app.UseMiddleware<RequestTrace>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(ErrorHandler.WriteStatusAsync);
        app.UseMiddleware<HostGuard>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseMiddleware<CrossSiteGuard>();
        app.UseConsoleCompression();

        app.MapHealth();
        app.MapSetupPage();
        app.MapConsole();
        app.MapApiDocument();
        app.MapApi();
        return app;
    }

    private static void MapApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1")
            .AddEndpointFilter<AuditFilter>()
            .ProducesProblems();
        api.MapAccess();
        api.MapJobs();
        api.MapJobStreams();
        api.MapFlows();
        api.MapQueues();
        api.MapSchedules();
        api.MapScheduleSets();
        api.MapCron();
        api.MapEvents();
        api.MapWebhooks();
        api.MapPlugins();
        api.MapNodes();
        api.MapKinds();
        api.MapSecrets();
        api.MapTokens();
        api.MapUsers();
        api.MapAudit();
        api.MapDoctor();
        api.MapSupervisors();
        api.MapProcessLogs();
    }
}
