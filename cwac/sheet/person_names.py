"""Given and family names, which tell "Drake, Olive" from "Vega, Hall" where no officers are listed.

They are the most frequent names of the US Census of 1990, with further ones of California, and the surnames of the
invented officers in samples.
"""

GIVEN_NAMES = frozenset(
    """aaron abbie abby abdul abe abigail abraham ada adalberto adam adan addie adela adelaida adelaide adele
    adelina adeline adell adolfo adolph adrian adriana adriane adrianna adrianne adrienne agatha agnes agustin
    aida aidan aiden aileen aimee aisha al alaina alan alana alanna albert alberta alberto albina alda aldo alec
    alecia alejandra alejandro alene alesha alesia aleta aletha alex alexa alexander alexandra alexandria alexis
    alfonso alfonzo alfred alfreda alfredo alice alicia alina aline alisa alisha alison alissa allan allen
    allene allie allison allyson alma alpha alphonse alphonso alta altagracia althea alton alva alvaro alvin
    alvina alyce alyson alyssa amado amalia amanda amandeep amber amelia ami amie amina amparo amy ana anabel
    anastasia andra andre andrea andreas andres andrew andria andy angel angela angelia angelica angelina
    angeline angelique angelita angelo angie anh anibal anissa anita ann anna annabelle annamarie anne annemarie
    annetta annette annie annmarie anthony antione antionette antoine antoinette anton antone antonette antonia
    antonio antony antwan anya april araceli aracely archie arden ardis ardith aretha ariana ariel arleen arlen
    arlene arlie arline armand armando armida arnoldo arnulfo aron arron art arthur artie arturo asa ashlee
    ashleigh ashley asia astrid athena aubrey audra audrey august augusta augustus aura aurelia aurelio aurora
    austin autumn ava avis bambi bao barb barbara barbra barry bart basil beatrice beatriz beau becky belen
    belinda bella belle belva ben benita benito benjamin bennie benny bernadette bernadine bernard bernardo
    bernice bernie berniece bernita bert berta bertha bertie beryl bessie beth bethany beto betsy bette bettie
    bettina betty bettye bety beulah beverley beverly bianca bill billie billy birdie blaine blanca blanch
    blanche bo bob bobbi bobbie bobby bonita bonnie bonny boris brad bradley bradly brain branden brandi brandie
    brandon brandy breanna brenda brendan brendon brenna brent brenton bret brett brian briana brianna brianne
    bridget bridgett bridgette brigette brigitte britney brittani brittany brittney brooke bruce bryan bryce
    bryon bud buddy burl buster byron caitlin caitlyn caleb callie calvin cameron camilla camille candace candi
    candice candida candy cara caren cari caridad carina carissa carl carla carleen carlene carlo carlos
    carlotta carly carmel carmela carmelita carmella carmelo carmen carmine carol carole carolee carolina
    caroline carolyn carrie cary caryl caryn casandra casey cassandra cassie catalina catharine catherine cathie
    cathleen cathrine cathryn cathy catina catrina cecelia cecil cecile cecilia cedric cedrick celeste celestine
    celia celina cesar chad chanda chandra chanel chantal chantel charisse charity charla charleen charlene
    charles charley charlie charline charlotte charmaine chas chasity chastity chauncey chayo chelsea chelsey
    chelsie chema cheri cherie cherly cheryl cheryle chester chet chi chiquita chloe chris chrissy christa
    christal christen christi christian christie christin christina christine christoper christopher christy
    chrystal chuck chuy cindi cindy cinthia cipriano clair claire clara clare clarence clarice clarissa claud
    claude claudette claudia claudine clayton clementine cleo cletus cliff clifford clifton clint clinton clyde
    cody coleen colette colin colleen collin columbus concepcion concetta connie connor constance consuelo cora
    coral cordelia corey cori corina corine corinna corinne cornelia corrie corrine cortney cory courtney craig
    cristal cristina cristine cristobal cristopher cristy crystal curt curtis cy cynthia cyril cyrus daisy dale
    dalia dallas damaris damian damien damion damon dan dana dane danelle danette danial daniel daniela daniella
    danielle danilo danita danna dannie danny dante daphne dara darci darcy darell daren daria darin dario
    darius darla darleen darlene daron darrel darrell darren darrick darrin darron darryl darwin daryl dave
    david dawn dawna dayna deana deandre deann deanna deanne debbie debby debi debora deborah debra debrah dee
    deena deidra deidre deirdre del delbert delfina delia delilah della delma delmar delmer delois delores
    deloris delphine demarcus demetria demetrius dena denice denis denise dennis denver deon derek derick
    derrick deshawn desiree desmond dessie destiny devin devon dewayne dewey dexter dian diana diane diann
    dianna dianne diego dina dinah dino dionne dirk dixie dmitri dollie dolly dolores domenic dominga domingo
    dominic dominick dominique don dona donald dong donita donn donna donnell donnie donny dontae donte dora
    dorcas doreen dorene doretha dori dorian dorinda doris dorothea dorothy dortha dorthy dottie doug douglas
    dovie duane dulce dustin dusty dwain dwayne dwight dylan earl earlene earline earnest earnestine ebony ed
    eddie edgar edgardo edie edith edmond edmund edmundo edna eduardo edward edwardo edwin edwina edythe effie
    efrain efren eileen elaina elaine elba elbert elda elden eldon eleanor eleanore elena elenor eli elia elias
    elida elijah elinor elisa elisabeth elise eliseo elisha elissa eliza elizabeth elizebeth ella ellen ellie
    elma elmer elmo elnora eloisa eloise elouise eloy elroy elsa elsie elton elva elvia elvin elvira elvis
    elwood elyse emanuel emil emile emilia emiliano emilie emilio emily emma emmanuel emmett emmitt emory ena
    enid enrique enriqueta era erasmo eric erica erich erick ericka erik erika erin erlinda erma erna ernest
    ernestina ernestine ernesto ernie errol esmeralda esperanza essie esteban estela estella estelle ester
    esther ethan ethel etta eugene eugenia eugenio eula eulalia eunice eusebio eva evan evangelina evangeline
    eve evelyn evette evie evonne ezekiel ezequiel ezra fabian fabiola faith fannie fanny farrah fatima faustino
    fausto fawn faye federico felecia felicia felicita felicitas felipa felipe felisha felix ferdinand fermin
    fern fernando fidel filiberto filomena flor flora florence florencio florentino florida florine flossie floy
    fran frances francesca francesco francine francis francisca francisco frank frankie franklyn fred freda
    freddie freddy frederic frederick fredric fredrick freida frieda gabriel gabriela gabriella gabrielle gail
    galen garnet garret garry garth gary gavin gaye gayla gayle gena genaro gene geneva genevieve genoveva
    geoffrey george georgette georgia georgiana georgianna georgie georgina gerald geraldine geraldo gerard
    gerardo gerda geri germaine gerri gerry gertie gertrude gilbert gilberto gilda gillian gina ginger ginny
    gino giovanni gisela giselle giuseppe gladys glen glenda glenn glenna gloria goldie gonzalo grace gracie
    graciela graig granville greg gregoria gregorio gregory greta gretchen griselda guadalupe guillermina
    guillermo gurpreet gus gussie gustavo guy gwen gwendolyn hai hal hallie hank hannah hans harlan harland
    harold harpreet harriet harriett harriette harry hattie haydee hayley hazel heather hector heidi helen
    helena helene helga hellen henrietta henry herb herbert heriberto herlinda herman hermelinda herminia
    herschel hershel hilario hilary hilda hildegard hillary hipolito hiram hobert holli hollie holly homer hope
    horace horacio hortencia hortense hosea howard hubert hugh hugo humberto hung ian ibrahim ida idella ignacio
    igor ike ila ileana ilene ilse ima imelda imogene ina india ines inez inge ingrid iola iona ione ira irene
    iris irma isaac isabel isabell isabella isabelle isaiah isaias isiah isidro ismael israel isreal issac itzel
    iva ivan ivette ivonne jacinto jack jackie jacklyn jaclyn jacob jacque jacquelin jacqueline jacquelyn
    jacquline jada jade jae jagdeep jaime jaimie jake jamaal jamal jamar jame jamel james jamey jami jamie
    jamila jan jana jane janeen janel janell janelle janet janette janice janie janina janine janis janna
    jannette jannie jaqueline jared jarod jarred jarrod jasmin jasmine jason jasper jaspreet javier jay jayden
    jayme jayne jayson jazmin jc jean jeana jeane jeanetta jeanette jeanie jeanine jeanna jeanne jeannette
    jeannie jeannine jed jeff jefferey jeffery jeffrey jeffry jen jena jenelle jenifer jeniffer jenna jennette
    jenni jennie jennifer jenny jerald jeramy jere jeremiah jeremy jeri jermaine jerold jerome jeromy jerrell
    jerri jerrie jerrod jerrold jerry jesica jess jesse jessica jessie jesus jewel jill jillian jim jimmie jimmy
    jo joan joanie joann joanna joanne joaquin jocelyn jodi jodie jody joe joel joelle joellen joesph joey
    johanna john johnathan johnathon johnie johnna johnnie johnny joleen jolene jon jonah jonas jonathan
    jonathon joni jonnie jorge jose josef josefa josefina joseph josephina josephine josette josh joshua josiah
    josie jospeh josue jovita joy joyce joycelyn juan juana juanita judi judith judson judy jules juli julia
    julian juliana julianna julianne julie juliet juliette julio julius june junior justin justina justine
    kaitlin kaitlyn kala kami kara kareem karen kari karin karina karissa karl karla karol karolyn karon karrie
    karyn kasey kassandra kate katelyn katharine katherine katheryn kathi kathie kathleen kathrine kathryn kathy
    katie katina katrina katy kay kaye kayla kaylee keely keisha keith kelli kellie kelsey kelvin ken kendra
    keneth kenneth kennith kenny kenton kenya keri kermit kerri kerrie kerry kesha keshia keven kevin khalid kia
    kieth kim kimberlee kimberley kimberly kip kira kirk kirsten kisha kitty korey kori kory kou kraig kris
    krista kristal kristen kristi kristie kristin kristina kristine kristofer kristopher kristy krystal krystle
    kurt kurtis kyla kyle kylie kyong kyra kyung lacie ladonna lakeisha lakesha lakeshia lakisha lalo lamar
    lamont lan lana lance lanny laquita larissa larry lashanda lashawn lashonda latanya latasha latisha latonia
    latonya latosha latoya latrice latricia laura laureen laurel lauren laurence lauretta laurette lauri laurie
    lavern laverne lavina lavon lavonne lawanda lawerence lawrence layla lazaro lea leah leandro leann leanna
    leanne leatrice leeann leif leigh leila leilani leisa lela leland lelia lemuel len lena lenny lenora lenore
    leo leola leon leona leonard leonardo leonel leonor leonora leopoldo leora leota leroy les lesa lesley
    leslie lessie lester leta letha leticia letitia lettie lety levi lia liam licha lida lidia lila lilia lilian
    liliana lillian lillie lily lina linda lindsay lindsey lindy linh linnea linnie lino linwood lionel lisa
    lise lisette lissette liz liza lizabeth lizbeth lizette lizzie lloyd lois lola lolita lon lona lonnie lonny
    lora loraine loren lorena lorene lorenza lorenzo loretta lori lorie lorine lorna lorraine lorri lorrie
    lottie lou louann louella louie louis louisa louise lourdes lovie lowell luann luanne lucas lucia lucie
    lucien lucila lucile lucille lucinda lucius lucretia lucy ludmila luella luigi luis luisa luke lula lulu
    lupe lupita lura luther luz lydia lyle lyn lynda lyndon lyndsey lynette lynn lynne lynnette lynwood mabel
    mable mac madeleine madeline madelyn madge madison madonna mae magda magdalena magdalene maggie magnolia
    mago mai majorie makayla malcolm malinda malissa mamie man mandi mandy manny manpreet manual manuel manuela
    mara maranda marc marcel marcela marcelina marcelino marcella marcelle marcellus marcelo marci marcia marcie
    marco marcos marcus marcy margaret margarette margarita margarito marge margery margie margo margot margret
    marguerite mari maria mariah mariam marian mariana mariann marianna marianne mariano maribel maricela marie
    marietta marilee marilyn marilynn marina mario marion marisa marisela marisol marissa marita maritza
    marjorie marjory mark marla marlena marlene marlin marlon marlyn marlys marnie marquerite marquita marsha
    marta martha marti martin martina marty marva marvel marvin mary maryann maryanne marybeth maryellen
    maryjane marylin marylou mateo mathew matilda matilde matt matthew mattie maud maude maudie maura maureen
    maurice mauricio maurine mavis max maxie maximo maxine maybelle mayme mayra meagan meaghan megan meghan mei
    mel melanie melba melina melinda melisa melissa mellisa mellissa melodie melody melony melva melvin melvina
    memo mercedes merle merlin merry mervin meta mi mia micaela micah michael michaela michal michale micheal
    michele michell michelle mickey migdalia miguel mike mikel mila milagros mildred milford millicent millie
    milo milton mimi mina mindy minerva minh minnie miquel miranda mireya miriam mirian mirna missy misti misty
    mitch mitchel mitchell mittie mitzi mo modesto mohammad mohammed moises mollie molly mona monica monika
    monique monte monty mose moshe mozelle muriel myra myriam myrna myron myrtis myrtle nacho nadia nadine nakia
    nan nanci nancy nanette nannette nannie naomi napoleon natalia natalie natasha nate nathalie nathan
    nathanael nathanial nathaniel nayeli ned nedra neil nelda nell nellie nelly nena nereida nettie neva nhia
    nicholas nichole nick nicki nickolas nicky nicola nicolas nicole nigel niki nikita nikki nila nilda nina
    nita noah noel noelle noemi nola nona nora norbert norberto noreen norma norman normand nova novella nydia
    octavia octavio odessa odis ofelia ok ola oleg olen oleta olga olive olivia ollie oma omar omer ona opal
    ophelia ora oralia oren orlando orpha orval orville oscar osvaldo oswaldo otha otis pablo paco pam pamala
    pamela pansy pao pasquale pat patrica patrice patricia patrick patsy patti pattie patty paul paula paulette
    paulina pauline pearl pearlie pearline pedro peggie peggy penelope pennie penny pepe percy perla pete peter
    petra phil philip phillip phillis philomena phoebe phuong phylis phyliss phyllis pilar polly porfirio portia
    precious pricilla princess priscilla prudence quentin quincy quintin quinton rachael racheal rachel rachelle
    rae rafael rafaela rajinder ralph ramiro ramon ramona randal randall randell randi randy raphael raquel
    rashad raul raven ray raymon raymond raymundo reba rebeca rebecca rebekah refugio reggie regina reginald
    reina reinaldo rena renae renaldo renata renate renato rene renee renita reta retha reuben reva rex reynaldo
    rhett rhiannon rhoda rhonda ricardo richard richelle rick rickey rickie ricky rigoberto rita rob robbie
    robbin robby robert roberta roberto robin robt robyn rocco rochelle rocio rocky rod roderick rodger rodney
    rodolfo rodrick rodrigo rogelio roger roland rolando rolf rolland roma romeo romona ron rona ronald ronda
    ronnie ronny roosevelt rory rosa rosalba rosalee rosalia rosalie rosalina rosalind rosalinda rosalyn rosanna
    rosanne rosario roscoe rose roseann roseanna roseanne rosella roselyn rosemarie rosemary rosendo rosetta
    rosie rosina rosita roslyn rowena roxana roxane roxann roxanna roxanne roxie roy royce ruben ruby rubye
    rudolf rudolph rudy rueben rufus russ russel russell rusty ruth ruthann ruthie ryan sabina sabrina sadie sal
    salina sallie sally salvador salvatore sam samantha samatha sammie sammy samual samuel sandeep sandi sandra
    sandy sang sanjuana sanjuanita santa santiago sara sarah sasha saul saundra savannah scot scott scottie
    scotty sean sebastian selena selina selma serena sergei sergio seth shad shaina shalonda shameka shamika
    shana shanda shane shanna shannon shanon shanta shante shantel shara shari sharla sharlene sharon sharonda
    sharron sharyn shaun shauna shawn shawna shayla shayna shayne sheena sheila shelby shelia shelley shelli
    shellie shelly sheree sheri sherie sherita sherri sherrie sherry sheryl shiela shirlene shirley shon shonda
    sid sidney silas silvia simone skylar socorro sofia sol soledad son sondra sonia sonja sonny sonya soon
    sophia sophie stacey staci stacia stacie stacy stan stanley starla stefan stefanie stella stephan stephanie
    stephany stephen stephenie steve steven stevie stuart sue sukhdeep summer sung sunny susan susana susanna
    susannah susanne susie suzan suzanna suzanne suzette svetlana sybil sydney sylvia tabatha tabitha tad tadeo
    tamara tameka tamela tamera tami tamika tammi tammie tammy tamra tana tania tanisha tanya tara taryn tasha
    tatiana tawana tawanda tawnya ted teddy teena tena teodoro tera tere terence teresa terese teresita teressa
    teri terra terrance terrence terri terrie terry tessa tessie thad thaddeus thanh thea theda thelma theo
    theodora theodore theresa therese theron thomas thuy tia tiana tiara tierra tiffani tiffanie tiffany tillie
    tim timmy timothy tina tisha toby tod todd tom tomas tomasa tomeka tommie tommy toni tonia tonja tony tonya
    tori tory tosha tou toya tracey traci tracie tracy travis trena trenton tresa tressa treva trevor trey
    tricia trina trinity trisha trista tristan troy trudy truman tuan twila twyla ty tyra tyrell tyron tyrone
    ulises ulysses una uriel ursula vada val valarie valentina valeria valerie valorie vanessa veda velda velma
    venessa venita venus vera verda vergie verla vern verna vernell vernice vernon veronica vesta vi vicente
    vickey vicki vickie vicky victor victoria vida vikki vilma vince vincent vincenzo viola violet violeta
    virgie virgil virgilio virgina virginia vito vivian viviana von vonda wally walter wanda waylon wendell
    wendi wendy wes wesley wilbert wilbur wilda wilford wilfred wilfredo wilhelmina will willa willard william
    willian willie willy wilma wilmer wilton windy winford winfred winifred winnie winnifred winona wm woodrow
    xavier ximena xiomara xochitl yadira yasmin yesenia yolanda yolonda yong yoshiko yuri yusuf yvette yvonne
    zachariah zachary zachery zack zackary zainab zane zed zelda zella zelma zenaida zoe zoey
    zoila zola zoraida""".split()
)
GIVEN_OR_FAMILY = frozenset(
    """abbey abel abram ahmad ahmed alba alden ali alonso alonzo ambrose amos arnold ashton augustine avery barney
    barton benedict benton bertram bess blair blake booker boyce boyd bradford brady brant brice britt brock
    broderick brook brooks bruno bryant buck buford burt burton candelaria carey carlton carman carrol carroll
    carson carter chadwick chance chang chase cherry chong chung claudio clay clement clemente cleveland colby
    cole collette colton conrad cooper cordell cornelius cornell coy cruz dalton darnell dean deangelo denny
    dewitt dick dillon dion donovan dorris douglass doyle drew dudley duncan earle eddy edison eldridge elliot
    elliott ellis ellsworth emerson emery enoch ervin erwin everett everette fay felton floyd forest forrest
    franklin fritz gale garfield garland garrett gaston gay gaylord german gil gordon grady grant grayson gregg
    grover hailey haley hanna harley harper harrison harvey hassan hayden haywood heath hester hilton hollis
    hong houston hoyt hudson huey hunter hyman irvin irving irwin ivory ivy jackson jacques jamison jarrett
    jarvis jefferson jewell jordan jordon jude jung keenan kelley kelly kendall kendrick kennedy kent kirby
    lacey lacy landon lane lara lee lenard leone lewis libby lilly lincoln logan lopez loyd luciano lucio lyman
    mack mackenzie major malcom malik mallory markus marquis marshall mason mauro maxwell maya maynard mckinley
    meredith merrill michel milan miles millard mohamed monroe morgan morris morton moses myles natividad neal
    nelson nestor neville noble noe nolan norris odell olin oliver otto owen paige paris parker perry pierre
    preston prince quinn raleigh randolph rayford reed reese rey reyna rhea rich richie rico riley roman ross
    royal rubin ruiz rupert sanford santo santos sawyer scarlett seymour sheldon sherman sherrill sherwood
    sierra simon solomon spencer stanford stanton starr sterling sylvester tanner taylor terrell thurman titus
    tobias toney trent trinidad tucker tyler tyree tyson valencia valentin valentine vance vaughn wade waldo
    wallace warren wayne weldon werner weston whitney wilber wilburn wiley willis winston wyatt""".split()
)
FAMILY_NAMES = frozenset(
    """abbott abernathy abrams acevedo acker ackerman acosta adair adams adamson adcock addison adkins adler agee
    aguilar aguilera aguirre aiken akers akins alaniz albrecht albright aldrich aldridge alfaro alford alley
    allred alston altman alvarado alvarez amaya ames anaya anders andersen anderson andrade andrews aponte
    aragon arce archer arellano arias armstrong arnett arredondo arrington arroyo artis ash ashby askew atkins
    atkinson atwood avalos avila aviles ayala ayers azevedo babb babcock baca bacon baer baez baggett bagley
    bailey bain baird baker baldwin bales ball ballard banks barajas barber barbour barfield barger barker
    barkley barksdale barlow barnard barnes barnett barnhart baron barr barrera barrett barrios barron barrow
    barth bartholomew bartlett bartley bass bassett bateman bates battle batts bauer baugh baughman baum bauman
    bautista baxter beach beal beam bean beard bearden beasley beatty beaty beaulieu beaver beavers becerra beck
    becker beckman beebe begay belanger belcher bell bellamy beltran benavides bender benitez bennett benoit
    benson bentley berg berger bergeron bergman berman bermudez bernal bernier bernstein berry best bettencourt
    betts beyer biggs billings billingsley bingham bird bishop black blackburn blackman blackmon blackwell
    blalock blanchard blanco bland blank blankenship blanton bledsoe blevins bliss block bloom blount blue blum
    boggs bolden boles bollinger bolton bond bonds bonilla bonner boone booth borden boston boswell bouchard
    boucher boudreau boudreaux bourgeois bowden bowen bower bowers bowie bowles bowling bowman bowser boyer
    boykin boyle boyles braden bradshaw bragg branch brand brandt branham brannon brantley braswell braun bravo
    braxton bray brennan brenner brewer brewster bridges briggs bright brinkley brinson briscoe britton bronson
    brothers broussard brower brown browne browning bruner brunner brunson bryson buchanan buckley buckner
    bullard bullock bunch bundy bunn burch burden burdick burger burgess burgos burke burkett burkhart burks
    burnett burnette burnham burns burr burrell burris burroughs burrows busby busch bush butcher butler butts
    byers bynum byrd byrne caballero cabral cabrera cagle cahill cain calderon caldwell calhoun call callahan
    callaway calloway calvert camacho camp campbell campos canales cannon cano cantrell cantu capps cardenas
    cardona cardwell carlisle carlson carmichael carmona carnes carney caron carpenter carr carrasco carrier
    carrillo carrington cartwright caruso carver case cash cason cassidy castaneda castellanos castillo castle
    castro cates caudill causey cavanaugh cavazos cervantes chacon chamberlain chambers champagne champion chan
    chandler chaney chapman chappell chastain chatman chavez chavis cheek chen cheney cheng childers childress
    childs chin cho choi christensen christiansen chu church cisneros clark clarke cleary clements clemons
    clevenger cline cloud cloutier coates coats cobb coburn cochran coe coffey coffman cohen coker colbert
    coleman coles coley collier collins colon colvin combs comer compton conklin conley conn connell connelly
    conner connolly connors conroy contreras conway cook cooke cooley coon cope copeland corbett corbin corcoran
    cordero cordova corley cormier cornett corona coronado correa cortes cortez costa costello cote cotton
    cottrell couch coughlin coulter couture covington cowan cox coyle crabtree craft crain cramer crandall crane
    craven crawford creech crenshaw crespo crews crisp crocker crockett croft cronin crook crosby cross crouch
    crouse crow crowder crowe crowell crowley crum crump cuellar cuevas cullen culpepper culver cummings cummins
    cunningham curley curran currie curry cutler cyr dahl daigle dailey daley daly daniels darby darden darling
    daugherty davenport davidson davies davila davis davison dawkins dawson day deal deaton decker dejesus
    delacruz delaney delarosa delatorre deleon delgado delong demo dempsey dennison denson dent denton devine
    dhillon diamond dias diaz dickens dickerson dickey dickinson dickson diehl dietrich dietz diggs dill dillard
    dixon dobbins dobbs dobson dodd dodge dodson doe doherty dolan dominguez donahue donaldson donnelly dooley
    doran dorman dorsey doss dotson doty dougherty dove dow dowdy dowell dowling downey downing downs dozier
    drake draper driscoll driver drummond duarte dube dubois dubose duckworth duff duffy dugan duke dukes dumas
    dunbar dunham dunlap dunn dupre dupree duran durant durbin durham dutton duvall dwyer dye dyer dykes dyson
    early easley eason eastman eaton echols eckert edmonds edmondson edwards egan ejemplo elam elder elkins
    eller ellison elmore engel england engle english ennis enriquez ensayo epperson epps erickson ernst escobar
    escobedo esparza espinosa espinoza esposito esquivel estes estrada etheridge eubanks evans ewing example
    ezell fagan fair fairchild farley farmer farnsworth farr farrar farrell farris faulk faulkner faust felder
    feldman feliciano fenton ferguson fernandez ferreira ferrell ferris field fields figueroa finch fink finley
    finn finney fischer fish fisher fitch fitzgerald fitzpatrick flaherty flanagan fleming fletcher flint flood
    flores flowers flynn foley fontaine fontenot foote forbes ford foreman fortner fortune foss foster fountain
    fournier foust fowler fox fraley france franco franks fraser frazier freeman french frey friedman friend
    frost fry frye fuentes fugate fuller fulton fultz funk gage gagne gagnon gaines gaither galindo gallagher
    gallardo gallegos gallo galloway galvan gamble gamez gann gannon gant garcia gardner garner garrison garvin
    garza gaskins gates gatlin gauthier gee geiger gentry gerber gibbons gibbs gibson gifford gilchrist giles
    gill gillespie gilliam gilliland gillis gilman gilmore gipson girard givens glass gleason glover goddard
    godfrey godwin goetz goff goins gold goldberg golden goldman goldsmith goldstein gomes gomez gonzales
    gonzalez gooch good goode gooden goodman goodrich goodson goodwin gore gorman goss gould graf graham granger
    grantham graves gray greco green greenberg greene greenwood greer grewal grier griffin griffith griggs
    grigsby grimes grimm grissom gross grossman grove groves grubb grubbs guerra guerrero guevara guidry
    guillory guinn gunn gunter gustafson guthrie gutierrez guzman haas hacker hackett hadley hagan hagen hager
    hahn haines hairston hale hall ham hamby hamilton hamlin hamm hammer hammond hammonds hammons hampton han
    hancock hand handy haney hankins hanks hanley hansen hanson harden hardin harding hardy hare hargrove harman
    harmon harms harp harrell harrington harris hart hartley hartman haskins hastings hatch hatcher hatfield
    hathaway hatton hawk hawkins hawley hawthorne hay hayes haynes hays hayward head healy heard hearn heaton
    hebert heck hedrick heller helm helms helton hemphill henderson hendricks hendrickson hendrix henley hensley
    henson hernandez herndon herrera herring herrington herron hess hewitt hickey hickman hicks higginbotham
    higgins high hightower hill hilliard hillman hills hinds hines hinkle hinojosa hinson hinton hirsch
    hitchcock ho hobbs hobson hodge hodges hoff hoffman hogan hogue holbrook holcomb holden holder holland
    holley holliday hollingsworth holloway holm holman holmes holt holton honeycutt hood hook hooker hooks
    hooper hoover hopkins hopper hopson horn horne horner horton hoskins houck hough house houser howe howell
    huang hubbard huber huddleston hudgins huerta huff huffman huggins hughes hull hummel humphrey humphreys
    humphries hunt huntley hurd hurley hurst hurt hurtado huston hutchins hutchinson hutchison hutson hutton
    huynh hyatt hyde ibarra imbrie ingram inman irizarry isaacs iverson ivey jacobs jacobsen jacobson jameson
    jansen jaramillo jarrell jeffers jeffries jenkins jennings jensen jernigan jeter jimenez johns johnson
    johnston joiner jolly jones jorgensen joyner juarez judd justice kahn kaiser kane kang kaplan katz kauffman
    kaufman kearney kearns keating keen keene keller kellogg kemp kenney kern kerns kerr kessler key keyes keys
    khan kidd kilgore killian kilpatrick kimball kimble kimbrough kincaid king kinney kinsey kirkland
    kirkpatrick kiser kitchen klein kline knapp knight knowles knox knutson koch koehler koenig kohler kowalski
    kraft kramer krause krueger kruse kuhn kurtz lackey ladd ladner laird lake lam lamb lambert lancaster land
    landers landis landrum landry lang lange langford langley langston lanier lankford larkin larsen larson
    lassiter latham lau laughlin law lawler laws lawson lawton lay layne layton le leach leal leary leavitt
    leblanc ledbetter ledford leggett lehman lemon lemons lentz levesque levin levine levy leyva li light liles
    lim lin lind linder link linn linton lipscomb little littlefield littlejohn liu livingston locke lockett
    lockhart lockwood lofton lombardo london long longoria loomis looney lopes lor lord lorenz lott love lovell
    lovett lowe lowery lowry lozano lucero ludwig lugo lujan luna lund lundy lunsford lusk lutz ly lyles lynch
    lyon lyons lytle mabry macdonald machado macias mackey madden maddox madrid madrigal madsen magana magee
    maguire mahan maher mahon mahoney main maldonado malloy malone maloney manley mann manning mansfield marcum
    marin marino markham marks marlow marquez marrero marsh martinez martino massey masters mata mathews mathis
    matlock matos matson matthews mattingly mattson mauldin maurer mayberry mayer mayes mayfield mayo mays
    mcallister mcbride mccabe mccain mccall mccann mccarthy mccarty mccauley mcclain mcclellan mcclelland
    mcclendon mccloud mcclure mccollum mcconnell mccord mccormack mccormick mccoy mccracken mccrary mccray
    mccullough mcdaniel mcdermott mcdonald mcdonough mcdowell mcelroy mcfadden mcfarland mcgee mcghee mcgill
    mcginnis mcgowan mcgrath mcgraw mcgregor mcguire mchugh mcintosh mcintyre mckay mckee mckenna mckenzie
    mckinney mckinnon mcknight mclain mclaughlin mclean mcleod mcmahan mcmahon mcmanus mcmillan mcmillian
    mcmullen mcnair mcnally mcnamara mcneal mcneil mcneill mcpherson mcqueen mcrae mcwhorter mcwilliams mead
    meade meadows means medeiros medina medley medrano meek meeks meier mejia melendez melton menard mendez
    mendonca mendoza mercado mercer merchant merritt messer metcalf metz metzger meyer meyers meza michaels
    michaud middleton miller milligan mills mims miner minor minton mixon mize mobley mock modelo moffett mohr
    molina monahan monk montalvo montanez montano montes montgomery montoya moody moon mooney moore mora morales
    moran moreland moreno morin morrell morrison morrissey morrow morse moseley moser mosher mosley moss mott
    moua moulton moya moyer mueller muestra mullen muller mullins muniz munoz munson murdock murillo murphy
    murray murry muster myers myrick nadeau nance napier naquin nash nava navarro naylor neely neff negron
    nesbitt newberry newby newcomb newell newman newsom newsome newton ng ngo nguyen nichols nicholson nickerson
    nielsen nielson nieto nieves nix nixon nobles north norton norwood novak nowak nugent nunez nunn oakes
    oakley obrien ochoa oconnell oconnor odom odonnell ogden ogle ohara ojeda okafor okeefe oldham oleary olsen
    olson oneal oneil oneill ornelas orourke orozco orr ortega ortiz osborn osborne otero ott ouellette
    overstreet overton owens pace pacheco pack padgett padilla pagan page painter palacios palmer paquette
    parham parish park parks parnell parr parra parris parrish parrott parson parsons pate patel patten
    patterson patton paulson paxton payne payton peachey peacock pearce pearson pease peck pedersen pederson
    pell pelletier pena pendleton penn pennington peoples pepper peralta perdue pereira perez perkins perryman
    person peters petersen peterson pettit petty pham phelps phillips phipps pickens pickering pickett pierce
    pierson pike pimentel pina pineda piper pittman pitts platt plummer poe poirier polk pollard pollock ponce
    ponder pool poole pope porter portillo posey post potter potts poulin powell powers prado prater prather
    pratt prescott presley pressley price priest pringle pritchard pritchett probe proctor prover prueba pruett
    pruitt pryor puckett pugh pulliam purcell purdy purvis putnam pyle qualls quarles quezada quick quill
    quinones quintana quintanilla quintero quiroz rader radford ragland ragsdale raines rainey ramey ramirez
    ramos ramsey randle rangel rankin ransom rasmussen ratliff read reagan reardon reaves rector redd redding
    redman redmond reece reeder reeves regan reid reilly renteria reyes reynolds rhoades rhodes rice richards
    richardson richey richmond richter ricks riddick riddle rider ridley riggs rinehart ring rios ritchie ritter
    rivas rivera rivers roach roark robbins roberson roberts robertson robinette robinson robison robles rocha
    roche rock rockwell rodgers rodrigues rodriguez rodriquez roe rogers rojas rollins romano romero romo rooney
    root roper rosado rosales rosas rosen rosenberg rosenthal rossi roth rouse rowan rowe rowell rowland rowley
    rubio rucker rudd ruff ruffin rush rushing russo rutherford rutledge ryder sadler saenz salas salazar
    saldana salgado salinas salisbury salmon salter sample sampson sams samuels sanchez sanders sanderson sandhu
    sandoval sands santana sapp sargent satterfield saucedo saunders savage saylor scales scarborough schaefer
    schaeffer schafer schaffer schell schilling schmidt schmitt schmitz schneider schrader schreiber schroeder
    schuler schultz schulz schumacher schuster schwab schwartz schwarz scruggs seals seaman sears seay segura
    selby self sellers serna serrano sewell sexton shafer shaffer shah shanks shapiro sharp sharpe shaver shaw
    shea shearer sheehan sheets sheffield shell shelton shepard shepherd sheppard sheridan shields shipley
    shipman shipp shockley shoemaker shook short shuler shultz sidhu siegel silva silveira silver silverman
    simmons simms simons simpkins simpson sims sinclair singer singh singletary singleton sisk sizemore skaggs
    skelton skinner slade slater slaughter sloan small smalls smallwood smart smiley smith sneed snell snider
    snodgrass snow snowden snyder solis sorensen sorenson sosa soto sousa souza spain spangler spann sparks
    spaulding spear spears speer spence spicer spivey sprague springer squires stafford stahl staley stallings
    stamper staples stapleton stark starkey starks starnes staton stearns steele steen stein steiner stephens
    stephenson stepp stern stevens stevenson steward stewart stiles stinson stjohn stockton stoddard stokes
    stone stoner storey story stout stovall stover strange stratton street streeter strickland stringer strong
    stroud stubbs suarez suggs sullivan summers sumner sutherland sutton swain swan swann swanson swartz sweeney
    sweet swenson swift switzer sykes tabor tackett talbot talley tan tang tapia tate tatum teague temple
    templeton tester thacker thao tharp thayer thomason thompson thomson thorne thornton thorpe thrasher
    thurston tidwell tilley tillman timmons tinsley tipton tobin tolbert tomlinson tompkins torres torrez toth
    tovar townsend trahan tran traylor trejo trevino trial trimble triplett tripp trotter trout trujillo truong
    turner turpin tuttle ulrich underwood unger upton urban valdez valenzuela valle vandyke vang vann varela
    vargas varner varney vasquez vaughan vazquez vega vela velasco velasquez velazquez velez ventura vick
    vickers vigil villa villalobos villanueva villarreal villegas vinson vogel vogt voss waddell waggoner wagner
    wagoner waite wakefield walden waldron walker wall waller wallis walls walsh walters walton wang ward warden
    ware warner washburn washington waterman waters watkins watson watt watts weathers weaver webb webber weber
    webster weeks weiner weir weiss welch weller wellman wells welsh west westbrook wetzel wexler whalen whaley
    whatley wheat wheatley wheeler whipple whitaker white whitehead whitfield whiting whitley whitlock whitman
    whitmore whitt whittaker whitten whittington wiggins wilcox wilder wilhelm wilkerson wilkes wilkins
    wilkinson willett willey williams williamson willingham willoughby wills wilson wing winkler winn winslow
    winter winters wise wiseman witherspoon witt wolf wolfe wolff womack wong wood woodall woodard woodruff
    woods woodson woodward woody wooten workman worley worrell worthington wray wright wu wyman wynn xiong
    yancey yang yarbrough yates yazzie ybarra yeager yoder york yost young youngblood yu zamora zapata zavala
    zeigler zeller zepeda ziegler zimmer zimmerman zuniga""".split()
)
