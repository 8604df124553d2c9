using System.Diagnostics;
using System.IO.Compression;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rota.Access;
using Rota.Secrets;
using Rota.Web.Auth;
using Rota.Web.Console.Actions;
using Rota.Web.Console.Layout;
using Rota.Web.Console.Live;
using Rota.Web.Console.Search;

namespace Rota.Web.Console;

/// <summary>All that stands below <c>/console</c>: pages, the forms on them, their files, the stream of ticks.
/// </summary>
internal static class ConsoleRoutes
{
    public const string Home = "/console", SignIn = "/console/sign-in";

    /// <summary>Nothing from another host, and nothing in place: no script, no style.</summary>
    public static ContentPolicy Policy { get; } = new("default-src 'none'; script-src 'self'; style-src 'self'; "
        + "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'");

    /// <summary>Whether an address is one of the console's, whose errors are pages for people.</summary>
    public static bool Has(PathString path) => path.StartsWithSegments(Home, StringComparison.Ordinal);

    public static void AddConsole(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<Find>();
        services.AddSingleton<Counts>();
        services.AddSingleton<RefreshPace>();
        services.AddSingleton<Pulse>();
        services.AddHostedService(provider => provider.GetRequiredService<Pulse>());
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true; // no secret of a page is the same twice: its tokens are encrypted anew
            compression.MimeTypes = ["text/html"];
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<AntiforgeryOptions>(forms =>
        {
            forms.Cookie.Name = "rota_form";
            forms.SuppressXFrameOptionsHeader = true; // every answer has it
        });
        UseOwnKeys(services);
    }

    // The framework would read and write a key ring of its own at every start, in the user's home.
    private static void UseOwnKeys(IServiceCollection services)
    {
        foreach (var service in services.Where(service =>
            service.ImplementationType?.FullName
                == "Microsoft.AspNetCore.DataProtection.Internal.DataProtectionHostedService").ToList())
        {
            services.Remove(service);
        }
        services.Replace(ServiceDescriptor.Singleton<IDataProtectionProvider>(provider => new FormKeys(
            provider.GetRequiredService<KeyRing>(), provider.GetRequiredService<TimeProvider>())));
    }

    public static void UseConsoleCompression(this WebApplication app) =>
        app.UseWhen(http => Has(http.Request.Path), console =>
        {
            console.Use(MeasureRefresh);
            console.UseResponseCompression();
        });

    private static async Task MeasureRefresh(HttpContext http, RequestDelegate next)
    {
        var began = Stopwatch.GetTimestamp();
        await next(http);
        if (HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.ContainsKey("HX-Request"))
            http.RequestServices.GetRequiredService<RefreshPace>().Took(Stopwatch.GetElapsedTime(began));
    }

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => TypedResults.Redirect(Home)).AllowAnonymous().ExcludeFromDescription();
        app.MapRazorComponents<App>().Add(TakeOnlyGet);

        var console = app.MapGroup(Home).ExcludeFromDescription();
        console.MapGet("/assets/{name}", ConsoleAssets.Get).AllowAnonymous();
        console.MapGet("/live", (Pulse pulse, TimeProvider clock) => new OpenPage(pulse, clock)).Needs(Role.Viewer);
        console.MapJobFiles();
        console.MapScheduleParts();
        console.MapProcessFiles();

        var actions = console.MapGroup("").AddEndpointFilter<ActionFilter>().AddEndpointFilter<AuditFilter>()
            .WithMetadata(new RequireAntiforgeryTokenAttribute());
        actions.MapAccessActions();
        actions.MapJobActions();
        actions.MapScheduleActions();
        actions.MapKindActions();
        actions.MapAdminActions();
        actions.MapProcessActions();
    }

    // What changes something is an action, not a page. The framework's own route below /_framework has no use here.
    private static void TakeOnlyGet(EndpointBuilder page)
    {
        if (page is RouteEndpointBuilder { RoutePattern.RawText: { } path } && !Has("/" + path.TrimStart('/')))
            page.Metadata.Add(new NeedsAttribute(Role.Viewer));
        foreach (var methods in page.Metadata.OfType<HttpMethodMetadata>().ToList())
            page.Metadata.Remove(methods);
        page.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
    }
}
